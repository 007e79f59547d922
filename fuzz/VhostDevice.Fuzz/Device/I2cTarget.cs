// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.I2c;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device;

/// <summary>i2c on a board with one of each chip: requests of any shape, transfers that never end, chips that are pulled out.</summary>
public sealed class I2cTarget : IFuzzTarget
{
    private const byte Request = DeviceSteps.Own;
    private const byte Unplug = DeviceSteps.Own + 1;
    private const byte Steps = DeviceSteps.Own + 2;

    // The chips, and nobody.
    private static readonly byte[] s_addresses = [0x48, 0x49, 0x40, 0x50, 0x68, 0x69, 0x20, 0x33];

    public string Name => "i2c";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("read", [Request, 0, 0x02, 1, 0, Request, 0, 0x01, 2, DeviceSteps.Serve, 0, 63]),
        ("scan", [.. s_addresses.SelectMany((_, i) => new byte[] { Request, (byte)i, 0x00, 0 }), DeviceSteps.Serve, 0, 63]),
        ("no-end", [Request, 1, 0x02, 2, 0, 1, DeviceSteps.Serve, 0, 63, DeviceSteps.Restart, 0]),
        (
            "write-an-eeprom",
            [
                Request, 3, 0x00, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, DeviceSteps.Serve, 0, 63, Request, 3, 0x01, 1,
                DeviceSteps.Serve, 0, 63,
            ]),
        ("unplugged", [Unplug, 0, Request, 0, 0x01, 2, DeviceSteps.Serve, 0, 63]),
        ("pieces", [DeviceSteps.Raw, 0, 0x3f, 1, 9, 0x90, 0, 0, 0, 0, 0, 0, 0, 1, DeviceSteps.Serve, 0, 63]),
        ("no-status", [DeviceSteps.Raw, 0, 0, 0, 8, 0x90, 0, 0, 0, 0, 0, 0, 0, DeviceSteps.Serve, 0, 63]),
        ("leaves-in-between", [Request, 1, 0x02, 1, 0, DeviceSteps.Serve, 0, 63, DeviceSteps.Reconnect, 0]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input's script: chains into which the device wrote, when it was over.</summary>
    public int Answered { get; private set; }

    /// <summary>Likewise, with what <see cref="I2cStatistics"/> says, after all that was in flight.</summary>
    public int Transfers { get; private set; }

    public int Malformed { get; private set; }

    public int Cut { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        using Board board = new("fuzz");
        SimulatedI2cBus bus = new(board, "i2c0");
        bus.Attach(new Lm75(board, address: 0x48));
        bus.Attach(new Tmp102(board, address: 0x49));
        bus.Attach(new Ina219(board, address: 0x40));
        bus.Attach(new Eeprom(board, EepromKind.All[1], address: 0x50));
        bus.Attach(new Ds1307(board));
        bus.Attach(new Mpu6050(board, address: 0x69));
        bus.Attach(new Pcf8574(board, address: 0x20));
        I2cBusSet set = new([bus]);
        I2cStatistics statistics = new(set);
        using DeviceRig rig = new(() => new I2cDevice(set, statistics, NullLogger.Instance));
        rig.Looks = (_, answer, used) =>
        {
            if (used > 0)
                Promise.Keep(answer[^1] <= 1, "an answer ends with a status");
        };

        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            switch (step)
            {
                case Request:
                    Offer(rig, ref script);
                    break;
                case Unplug:
                    BoardSteps.Plug(board, ref script);
                    break;
                default:
                    DeviceSteps.Do(rig, step, ref script);
                    break;
            }
        }

        rig.Restart(0);
        (Answered, Transfers, Malformed, Cut) = (rig.Answered, (int)statistics.Transfers, (int)statistics.Malformed, (int)statistics.Cut);
        Behaviour |= DeviceSteps.Amount(8, rig.Answered);
        Behaviour |= DeviceSteps.Amount(16, (int)statistics.Transfers);
        Behaviour |= DeviceSteps.Amount(24, (int)statistics.Malformed);
        Behaviour |= DeviceSteps.Amount(32, (int)statistics.Cut);
        for (int i = 0; i < statistics.Targets.Length; i++)
        {
            Behaviour |= statistics.Targets[i].BytesRead > 0 ? 1UL << (40 + i) : 0;
            Behaviour |= statistics.Targets[i].BytesWritten > 0 ? 1UL << (48 + i) : 0;
        }

        Probe(rig, board);
        rig.End();
    }

    // The next front-end is served, whatever the one before did.
    private static void Probe(DeviceRig rig, Board board)
    {
        rig.Reconnect();
        BoardSteps.Plug(board, 0, connected: true);
        int answers = 0;
        rig.Looks = (_, answer, used) =>
        {
            answers++;
            Promise.Keep(answer[^1] == 0 && used == answer.Length, "the next front-end reads a chip");
        };
        rig.Offer(0, [0x90, 0, 0, 0, 2, 0, 0, 0], 1, 3, 2);
        rig.Serve(0);
        rig.Turn();
        Promise.Keep(answers == 1, "the next front-end gets its answer");
    }

    private static void Offer(DeviceRig rig, ref ScriptReader script)
    {
        byte address = s_addresses[script.Byte() % s_addresses.Length];
        byte flags = script.Byte();
        int length = script.Byte() % 40;
        // struct virtio_i2c_out_hdr: bit 0 reads, bit 1 goes on; the other bits of the input go where none belong.
        byte[] header = [(byte)(address << 1), 0, 0, 0, (byte)(((flags & 1) << 1) | ((flags >> 1) & 1) | (flags & 0xf0)), 0, 0, 0];
        if ((flags & 1) != 0)
            rig.Offer(0, header, 1, length + 1, 2);
        else
            rig.Offer(0, [.. header, .. script.Take(length).Rest], length == 0 ? 1 : 2, 1, 1);
    }
}
