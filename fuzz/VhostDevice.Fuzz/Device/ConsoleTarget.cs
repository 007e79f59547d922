// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Console;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Fuzz.Ring;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>console: any control message, bytes and buffers of any size, and a host that comes, goes, stops and sends meanwhile.</summary>
public sealed class ConsoleTarget : IFuzzTarget
{
    private const byte Tell = DeviceSteps.Own;
    private const byte Write = DeviceSteps.Own + 1;
    private const byte Buffer = DeviceSteps.Own + 2;
    private const byte Send = DeviceSteps.Own + 3;
    private const byte Room = DeviceSteps.Own + 4;
    private const byte Open = DeviceSteps.Own + 5;
    private const byte Plug = DeviceSteps.Own + 6;
    private const byte Resize = DeviceSteps.Own + 7;
    private const byte Emergency = DeviceSteps.Own + 8;
    private const byte Steps = DeviceSteps.Own + 9;

    private const int Ports = 2;
    private const int Control = 2;
    private const int ControlTransmit = 3;

    private static readonly byte[] s_ready =
        [Buffer, 2, 80, Buffer, 2, 80, Buffer, 2, 80, Buffer, 2, 80, Tell, 255, 0, 1, Tell, 0, 3, 1, Tell, 0, 6, 1];

    public string Name => "console";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("ready", s_ready),
        ("write", [.. s_ready, Write, 0, 5, Write, 0, 255]),
        ("held-back", [.. s_ready, Room, 0, 3, Write, 0, 5, Write, 0, 5, Room, 0, 4, Room, 0, 255]),
        ("stop-half-way", [.. s_ready, Room, 0, 3, Write, 0, 5, Write, 0, 5, DeviceSteps.Restart, 1, Room, 0, 255]),
        ("leave-half-way", [.. s_ready, Room, 0, 3, Write, 0, 5, DeviceSteps.Reconnect, 0, Room, 0, 255, .. s_ready]),
        ("receive", [.. s_ready, Buffer, 0, 4, Buffer, 0, 4, Send, 0, 6, Buffer, 0, 60, Send, 0, 60]),
        ("closed", [Buffer, 0, 4, Send, 0, 2, .. s_ready, Tell, 0, 6, 0, Buffer, 0, 4, Send, 0, 2]),
        ("nobody", [.. s_ready, Open, 0, 0, Write, 0, 255, Open, 0, 1, Write, 0, 1]),
        ("plug", [.. s_ready, Plug, 1, Buffer, 2, 80, Tell, 1, 3, 1, Tell, 1, 6, 1, Write, 1, 9, Plug, 1, Write, 1, 9, Plug, 1, Buffer, 2, 80]),
        ("small-control", [Buffer, 2, 7, Buffer, 2, 8, Tell, 255, 0, 1, Tell, 0, 3, 1, Buffer, 2, 8]),
        ("nonsense", [.. s_ready, Tell, 0, 1, 1, Tell, 7, 3, 1, Tell, 0, 9, 9,
            DeviceSteps.Raw, 3, 0, 7, 7, 1, 2, 3, 4, 5, 6, 7, DeviceSteps.Serve, 3, 63]),
        ("resize", [.. s_ready, Buffer, 2, 80, Buffer, 2, 80, Resize, 80, 25, Resize, 132, 43]),
        ("emergency", [Emergency, 8, 33, Emergency, 0, 0, Emergency, 5, 1]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input: messages that the driver was told, and bytes that the host got, and the guest.</summary>
    public int Told { get; private set; }

    public int ToHost { get; private set; }

    public int ToGuest { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        (Told, ToHost, ToGuest) = (0, 0, 0);
        using RigLoop loop = new();
        using PortTable table = new(loop.Loop, Ports);
        FuzzEnd[] ends = [new(), new()];
        table.Add(new ConsolePort(0, "console", isConsole: true, ends[0], keepsRecent: true));
        byte[] expected = new byte[Ports];
        using DeviceRig rig = new(() => new ConsoleDevice(table, ResizeOrder.Specification, 1024, NullLogger.Instance), loop);
        rig.Looks = (queue, answer, used) => Look(expected, queue, answer, used);
        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            Do(rig, table, ends, step, ref script);
            rig.Turn();
        }

        ToHost = ends[0].Taken + ends[1].Taken;
        Behaviour |= DeviceSteps.Amount(16, Told) | DeviceSteps.Amount(24, ToHost) | DeviceSteps.Amount(32, ToGuest);
        Probe(rig, ends[0]);
        rig.End();
    }

    private static void Do(DeviceRig rig, PortTable table, FuzzEnd[] ends, byte step, ref ScriptReader script)
    {
        switch (step)
        {
            case Tell:
                Say(rig, script.Byte(), script.Byte(), script.Byte());
                break;
            case Write:
                int port = script.Byte() % Ports;
                rig.Offer(Queue(port) + 1, new byte[1 + script.Byte()], 3, 0, 0);
                rig.Serve(Queue(port) + 1);
                break;
            case Buffer:
                int queue = script.Byte() % rig.QueueCount;
                rig.Offer(queue, [], 0, 1 + script.Byte(), 2);
                rig.Serve(queue);
                break;
            case Send:
                ends[script.Byte() % Ports].Send(script.Byte());
                break;
            case Room:
                ends[script.Byte() % Ports].MakeRoom(script.Byte());
                break;
            case Open:
                ends[script.Byte() % Ports].SetOpen(script.Byte() % 2 == 1);
                break;
            case Plug:
                _ = script.Byte();
                if (table[1] is { } plugged)
                    table.Remove(plugged);
                else
                    table.Add(new ConsolePort(1, "plugged", isConsole: false, ends[1] = new FuzzEnd(), keepsRecent: false));
                break;
            case Resize:
                table[0]!.Resize(new WindowSize(script.Byte(), script.Byte()));
                break;
            case Emergency:
                rig.WriteConfig(script.Byte() % 12, [script.Byte()]);
                break;
            default:
                DeviceSteps.Do(rig, step, ref script);
                break;
        }
    }

    private static int Queue(int port) => port == 0 ? 0 : (2 * port) + 2;

    private static void Say(DeviceRig rig, byte port, byte what, byte value)
    {
        byte[] message = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(message, port == 255 ? uint.MaxValue : port);
        (message[4], message[6]) = (what, value);
        rig.Offer(ControlTransmit, message, 1, 0, 0);
        rig.Serve(ControlTransmit);
    }

    private void Look(byte[] expected, int queue, byte[] answer, int used)
    {
        switch (queue)
        {
            case Control when used > 0:
                ushort what = BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(4));
                Promise.Keep(BinaryPrimitives.ReadUInt32LittleEndian(answer) < Ports, "a message is about a port that there may be");
                Promise.Keep(
                    what is 1 or 2 or 4 or 6 ? used == 8 : what == 5 ? used == 12 : what == 7 && used is 15, "a message has the length of its kind");
                Told++;
                break;
            case 0 or 4:
                for (int i = 0; i < used; i++)
                {
                    // A port that is plugged anew begins anew.
                    Promise.Keep(queue == 4 || answer[i] == expected[0], "the guest gets what the host sent, in order");
                    expected[queue / 4]++;
                }

                ToGuest += used;
                break;
            default:
                Promise.Keep(used == 0, "the device writes nothing into what the driver wrote");
                break;
        }
    }

    // The next front-end has a port that works.
    private static void Probe(DeviceRig rig, FuzzEnd end)
    {
        rig.Looks = null;
        rig.Reconnect();
        end.SetOpen(true);
        end.MakeRoom(255);
        rig.Turn();
        int before = end.Taken;
        rig.Offer(1, [1, 2, 3], 1, 0, 0);
        rig.Serve(1);
        rig.Turn();
        Promise.Keep(end.Taken == before + 3, "the next front-end is served");
    }
}
