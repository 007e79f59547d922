// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Can;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device;

/// <summary>can: two guests on a simulated bus, of which the first sends anything, and has buffers of any size.</summary>
public sealed class CanTarget : IFuzzTarget
{
    private const byte Frame = DeviceSteps.Own;
    private const byte Buffer = DeviceSteps.Own + 1;
    private const byte Control = DeviceSteps.Own + 2;
    private const byte OtherFrame = DeviceSteps.Own + 3;
    private const byte OtherBuffer = DeviceSteps.Own + 4;
    private const byte OtherLeaves = DeviceSteps.Own + 5;
    private const byte Steps = DeviceSteps.Own + 6;

    private const int Transmit = 0;
    private const int Receive = 1;
    private const int Controls = 2;

    private const byte Start = 1;
    private const byte Stop = 2;

    public string Name => "can";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("to-the-other", [Control, Start, OtherBuffer, 80, Frame, 0, 8, 0x23, 1, 0]),
        ("from-the-other", [Control, Start, Buffer, 80, OtherFrame, 0, 8]),
        ("fd", [Control, Start, OtherBuffer, 80, Frame, 0x40, 64, 1, 0, 0]),
        ("remote", [Control, Start, OtherBuffer, 80, Frame, 0x20, 3, 1, 0, 0]),
        ("extended", [Control, Start, OtherBuffer, 80, Frame, 0x80, 1, 0xFF, 0xFF, 0x1F]),
        ("wrong-id", [Control, Start, OtherBuffer, 80, Frame, 0, 1, 0, 8, 0]),
        ("wrong-length", [Control, Start, OtherBuffer, 80, Frame, 0x40, 9, 1, 0, 0]),
        ("stopped", [Control, Start, Control, Stop, Buffer, 80, OtherFrame, 0, 8, Frame, 0, 1, 1, 0, 0]),
        ("small-buffer", [Control, Start, Buffer, 20, OtherFrame, 0, 8, Buffer, 24, OtherFrame, 0, 8]),
        ("waits-for-a-buffer", [Control, Start, OtherFrame, 0, 1, OtherFrame, 0, 2, Buffer, 80, Buffer, 80]),
        ("no-result", [Control, Start, DeviceSteps.Raw, 0, 0, 0, 16, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, DeviceSteps.Serve, 0, 63]),
        ("leaves-while-started", [Control, Start, OtherFrame, 0, 1, DeviceSteps.Reconnect, 0, OtherFrame, 0, 1]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input: frames that the first guest sent with success and without, and that each got.</summary>
    public int Sent { get; private set; }

    public int Refused { get; private set; }

    public int Got { get; private set; }

    public int OtherGot { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        SimulatedCanBus bus = new("fuzz");
        using RigLoop loop = new();
        using DeviceRig rig = Rig(bus, loop), other = Rig(bus, loop);
        int sent = 0, refused = 0, got = 0, otherGot = 0;
        rig.Looks = (queue, answer, used) => Look(queue, answer, used, ref sent, ref refused, ref got);
        int ignored = 0, failed = 0;
        other.Looks = (queue, answer, used) => Look(queue, answer, used, ref ignored, ref failed, ref otherGot);
        Command(other, Start);
        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            Do(rig, other, step, ref script);
        }

        (Sent, Refused, Got, OtherGot) = (sent, refused, got, otherGot);
        Note(16, sent);
        Note(24, refused);
        Note(32, got);
        Note(40, otherGot);
        Probe(rig, other);
        rig.End();
        other.End();
    }

    private static DeviceRig Rig(SimulatedCanBus bus, RigLoop loop) =>
        new(() => new CanDevice(bus, new CanStatistics(), TimeSpan.FromMinutes(1), NullLogger.Instance), loop);

    private static void Do(DeviceRig rig, DeviceRig other, byte step, ref ScriptReader script)
    {
        switch (step)
        {
            case Frame:
                byte flags = script.Byte(), length = script.Byte();
                uint id = (uint)(script.Byte() | (script.Byte() << 8) | (script.Byte() << 24));
                Send(rig, id, flags, length);
                break;
            case Buffer:
                rig.Offer(Receive, [], 0, script.Byte(), 1);
                rig.Serve(Receive);
                break;
            case Control:
                Command(rig, script.Byte());
                break;
            case OtherFrame:
                Send(other, 0x77, script.Byte(), script.Byte());
                break;
            case OtherBuffer:
                other.Offer(Receive, [], 0, script.Byte(), 2);
                other.Serve(Receive);
                break;
            case OtherLeaves:
                other.Reconnect();
                Command(other, Start);
                break;
            default:
                DeviceSteps.Do(rig, step, ref script);
                break;
        }

        rig.Turn();
    }

    private static void Send(DeviceRig rig, uint id, byte flags, byte length)
    {
        byte[] frame = new byte[16 + length];
        frame[0] = 1;
        frame[2] = length;
        frame[9] = flags;
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12), id);
        rig.Offer(Transmit, frame, 1, 1, 1);
        rig.Serve(Transmit);
    }

    private static void Command(DeviceRig rig, byte command)
    {
        rig.Offer(Controls, [command, 2], 1, 1, 1);
        rig.Serve(Controls);
        rig.Turn();
    }

    private static void Look(int queue, byte[] answer, int used, ref int sent, ref int refused, ref int got)
    {
        if (used == 0)
            return;
        if (queue != Receive)
        {
            Promise.Keep(used == 1 && answer[0] <= 1, "a result is one byte, and one that there is");
            if (queue == Transmit)
                _ = answer[0] == 0 ? sent++ : refused++;
            return;
        }

        got++;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(2));
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(8));
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(12));
        Promise.Keep(answer is [1, 1, ..] && used == 16 + length, "a frame has its type and its data");
        Promise.Keep((flags & ~0xE000u) == 0 && (flags & 0x6000) != 0x6000, "a frame has flags that there are");
        Promise.Keep(id <= ((flags & 0x8000) != 0 ? 0x1FFF_FFFFu : 0x7FFu), "a frame has an identifier that it may have");
        Promise.Keep(length <= ((flags & 0x4000) != 0 ? 64 : 8), "a frame has a length that it may have");
    }

    private void Note(int bit, int count) => Behaviour |= DeviceSteps.Amount(bit, count);

    // What the next front-end sends reaches the other one, and the other way round.
    private static void Probe(DeviceRig rig, DeviceRig other)
    {
        rig.Reconnect();
        other.Reconnect();
        int results = 0, frames = 0;
        Action<int, byte[], int> looks = (queue, answer, used) =>
        {
            Promise.Keep(queue == Receive ? used == 18 : answer[0] == 0, "the next front-end is served");
            _ = queue == Receive ? frames++ : results++;
        };
        rig.Looks = other.Looks = looks;
        foreach (DeviceRig each in (DeviceRig[])[rig, other])
        {
            each.Offer(Receive, [], 0, 24, 1);
            Command(each, Start);
        }

        Send(rig, 1, 0, 2);
        Send(other, 1, 0, 2);
        rig.Turn();
        Promise.Keep(results == 4 && frames == 2, "what the next front-ends send arrives");
        rig.Looks = other.Looks = null;
    }
}
