// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Spi;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device;

/// <summary>
/// spi on a board with one of each chip: requests of any shape and mode, messages that never end, time that passes, chips
/// that are pulled out.
/// </summary>
public sealed class SpiTarget : IFuzzTarget
{
    private const byte Request = DeviceSteps.Own;
    private const byte Unplug = DeviceSteps.Own + 1;
    private const byte Pass = DeviceSteps.Own + 2;
    private const byte Steps = DeviceSteps.Own + 3;

    private const byte Sends = 1;
    private const byte Receives = 2;
    private const byte Ends = 4;
    private const int HeadBytes = 32;

    private const byte Wire = 0;
    private const byte Flash = 1;
    private const byte Nobody = 6;
    private const byte Card = 8;
    private const byte Display = 9;
    private const byte NoSuchChip = 10;

    // The line of the display's pin dc is high when the request is added.
    private const byte IsData = 0x80;

    private const int CardBytes = 512 << 10;

    public string Name => "spi";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("wire", [Request, Wire, Sends | Receives, 0, 4, 1, 2, 3, 4, DeviceSteps.Serve, 0, 63]),
        ("program-and-read",
        [
            Request, Flash, Sends, 0, 1, 0x06,
            Request, Flash, Sends, 0, 6, 0x02, 0, 0, 0, 1, 2,
            Request, Flash, Sends, 0, 4, 0x03, 0, 0, 0,
            Request, Flash, Receives, 0, 4,
            DeviceSteps.Serve, 0, 63,
        ]),
        ("erase",
        [
            Request, Flash, Sends, 0, 1, 0x06,
            Request, Flash, Sends, 0, 4, 0x20, 0, 0, 0,
            Request, Flash, Sends | Receives, 0, 2, 0x05, 0,
            DeviceSteps.Serve, 0, 63,
        ]),
        ("each-chip",
        [
            .. Enumerable.Range(0, 8).SelectMany(
                i => new byte[] { Request, (byte)i, Sends | Receives, 0, 3, 0x60, 0, 0, DeviceSteps.Serve, 0, 63 }),
        ]),
        // CMD0, CMD55 and ACMD41 twice; CMD24, a block with its token; CMD17 and what it gives; erasing all of it.
        ("card",
        [
            .. Ask(0, 0x95), .. Ask(55), .. Ask(41), .. Ask(55), .. Ask(41),
            .. Ask(24), .. Enumerable.Range(0, 9).SelectMany(i => Bytes(Card, Sends, [(byte)(i == 0 ? 0xfe : i), .. Ones(56 + (i & 1))])),
            .. Bytes(Card, Receives, Ones(4)),
            .. Ask(17), .. Enumerable.Range(0, 9).SelectMany(_ => Bytes(Card, Sends | Receives, Ones(64))),
            .. Ask(32), .. Ask(33, argument: 0x04), .. Ask(38), .. Bytes(Card, Receives, Ones(4)), .. Bytes(Card, Receives, Ones(4)),
        ]),
        ("card-in-the-middle",
        [
            .. Ask(0, 0x95), .. Ask(55), .. Ask(41), .. Ask(55), .. Ask(41),
            .. Ask(25), .. Bytes(Card, Sends, [0xfc, 1, 2, 3]), Pass, 200, .. Ask(18), .. Bytes(Card, Sends | Receives, Ones(70)), .. Ask(12),
            .. Ask(25), .. Bytes(Card, Sends, [0xfd]), .. Ask(13), Unplug, 7, .. Ask(13), Unplug, 0x85, .. Ask(13), .. Ask(0, 0x95),
        ]),
        // On, a format, a window of two pixels that has four; half a pixel, and what comes as a command then.
        ("display",
        [
            .. Bytes(Display, Sends, [0x11]), .. Bytes(Display, Sends, [0x29]),
            .. Bytes(Display, Sends, [0x3a]), .. Bytes(Display, Sends | IsData, [5]),
            .. Bytes(Display, Sends, [0x2a]), .. Bytes(Display, Sends | IsData, [0, 126, 0, 127]), .. Bytes(Display, Sends, [0x2c]),
            .. Bytes(Display, Sends | IsData, [0xff, 0xff, 0xf8, 0, 7, 0xe0, 0, 0x1f, 1]), .. Bytes(Display, Sends, [0x2c]),
            .. Bytes(Display, Sends | Receives | IsData, [1, 2, 3]),
        ]),
        ("no-such-chip", [Request, NoSuchChip, Receives, 0, 2, DeviceSteps.Serve, 0, 63]),
        ("nobody", [Request, Nobody, Receives, 0, 2, DeviceSteps.Serve, 0, 63]),
        ("modes", [.. Enumerable.Range(0, 33).SelectMany(i => new byte[] { Request, Wire, Receives, (byte)i, 1, DeviceSteps.Serve, 0, 63 })]),
        ("unequal", [DeviceSteps.Raw, 0, 0x08, 4, 34, .. new byte[34], DeviceSteps.Serve, 0, 63]),
        ("no-result", [DeviceSteps.Raw, 0, 0, 0, 34, .. new byte[34], DeviceSteps.Serve, 0, 63]),
        ("half-a-head", [DeviceSteps.Raw, 0, 0, 3, 9, .. new byte[9], DeviceSteps.Serve, 0, 63]),
        ("left-open",
        [
            Request, Flash, Sends, 0, 2, 0x03, 0, DeviceSteps.Serve, 0, 63,
            Pass, 100,
            Request, Flash, Sends | Receives, 0, 2, 0x9f, 0, DeviceSteps.Serve, 0, 63,
        ]),
        ("leaves-in-between", [Request, Flash, Sends, 0, 1, 0x03, DeviceSteps.Serve, 0, 63, DeviceSteps.Reconnect, 0]),
        ("unplugged", [Unplug, 1, Request, Flash, Sends | Receives, 0, 4, 0x9f, 0, 0, 0, DeviceSteps.Serve, 0, 63]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input's script: chains into which the device wrote, when it was over.</summary>
    public int Answered { get; private set; }

    /// <summary>Likewise, with what <see cref="SpiStatistics"/> says of all chips.</summary>
    public int Transfers { get; private set; }

    public int Refused { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        ScriptTime time = new();
        using Board board = new("fuzz", time);
        SimulatedSpiBus bus = new(board, "spi0");
        bus.Attach(new LoopBack(board), Wire);
        bus.Attach(new NorFlash(board, NorKind.All[0], chipSelect: Flash), Flash);
        bus.Attach(new Mcp3x(board, Mcp3xKind.Mcp3008), 2);
        bus.Attach(new Mcp4922(board), 3);
        bus.Attach(new Max31855(board), 4);
        bus.Attach(new Mcp23s08(board), 5);
        bus.Attach(new NorFlash(board, NorKind.All[^1], chipSelect: 7), 7);
        using SdCard card = new(board, CardBytes, chipSelect: Card);
        bus.Attach(card, Card);
        St7735r display = new(board, chipSelect: Display);
        bus.Attach(display, Display);
        SpiStatistics statistics = new(bus);
        using DeviceRig rig = new(() => new SpiDevice(statistics, NullLogger.Instance));
        rig.Looks = (_, answer, used) =>
        {
            if (used > 0)
                Promise.Keep(answer[^1] <= 2, "an answer ends with a result");
        };

        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            switch (step)
            {
                case Request:
                    Offer(rig, display.DataCommand, ref script);
                    break;
                case Unplug:
                    BoardSteps.Plug(board, ref script);
                    break;
                case Pass:
                    time.Milliseconds += 10 * script.Byte();
                    break;
                default:
                    DeviceSteps.Do(rig, step, ref script);
                    break;
            }
        }

        rig.Restart(0);
        (Answered, Refused, Transfers) = (rig.Answered, (int)statistics.Refused, 0);
        for (int i = 0; i < statistics.Chips.Length; i++)
        {
            Transfers += (int)statistics.Chips[i].Transfers;
            Behaviour |= statistics.Chips[i].BytesReceived > 0 ? 1UL << (40 + i) : 0;
            Behaviour |= statistics.Chips[i].BytesSent > 0 ? 1UL << (48 + i) : 0;
        }

        Behaviour |= DeviceSteps.Amount(8, rig.Answered);
        Behaviour |= DeviceSteps.Amount(16, Transfers);
        Behaviour |= DeviceSteps.Amount(24, Refused);
        _ = display.TakePicture();
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
            Promise.Keep(answer is [0x5a, 0] && used == 2, "the next front-end gets back what it sends");
        };
        rig.Offer(0, [.. new byte[HeadBytes], 0x5a], 1, 2, 2);
        rig.Serve(0);
        rig.Turn();
        Promise.Keep(answers == 1, "the next front-end gets its answer");
    }

    private static byte[] Ones(int count) => [.. Enumerable.Repeat((byte)0xff, count)];

    private static byte[] Ask(byte index, byte checksum = 0xff, byte argument = 0) =>
        Bytes(Card, Sends | Receives, [(byte)(0x40 | index), 0, argument, 0, 0, checksum, 0xff, 0xff]);

    // A request that is served at once.
    private static byte[] Bytes(byte chip, byte flags, byte[] bytes) =>
        [Request, chip, flags, 0, (byte)bytes.Length, .. (flags & Sends) != 0 ? bytes : [], DeviceSteps.Serve, 0, 63];

    private static void Offer(DeviceRig rig, Pin dataCommand, ref ScriptReader script)
    {
        byte chip = script.Byte();
        byte flags = script.Byte();
        dataCommand.Drive = (flags & IsData) != 0 ? PinDrive.High : PinDrive.Low;
        byte mode = script.Byte();
        int length = script.Byte() % 80;
        // struct virtio_spi_transfer_head; what is left of the flags makes words and lines.
        byte[] head = new byte[HeadBytes];
        head[0] = (byte)(chip % (NoSuchChip + 1));
        head[1] = (flags & 0x30) switch { 0x10 => 16, 0x20 => 32, 0x30 => 9, _ => 0 };
        head[2] = (byte)((flags & Ends) != 0 ? 1 : 0);
        head[3] = (byte)((flags & 0x40) != 0 ? 2 : 0);
        head[8] = mode;
        int received = (flags & Receives) != 0 ? length : 0;
        byte[] readable = (flags & Sends) != 0 ? [.. head, .. script.Take(length).Rest] : head;
        rig.Offer(0, readable, 2, received + 1, 2);
    }

    // Passes when the script says so, so that a finding happens again.
    private sealed class ScriptTime : TimeProvider
    {
        internal long Milliseconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;
    }
}
