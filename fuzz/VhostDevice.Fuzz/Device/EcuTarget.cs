// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu;
using VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;
using VhostDevice.Devices.Boards.Can.Ecu.IsoTp;
using VhostDevice.Fuzz.Ring;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>ecu: a control unit whose tester sends frames of any shape at any time, and whole requests of any content.</summary>
public sealed class EcuTarget : IFuzzTarget
{
    private const byte Frame = 0;
    private const byte Request = 1;
    private const byte Functional = 2;
    private const byte Wait = 3;
    private const byte Collect = 4;
    private const byte Steps = 5;
    private const int MaxFrames = 4096;

    private static readonly AccessRule s_open = AccessRule.Always;

    // What answers begin with.
    private static readonly byte[] s_services =
    [
        0x50, 0x51, 0x54, 0x59, 0x62, 0x67, 0x68, 0x6E, 0x71, 0x74, 0x75, 0x76, 0x77, 0x7E, 0xC5, 0x7F, 0x41, 0x42, 0x43, 0x44, 0x47, 0x49, 0x4A,
    ];

    public string Name => "ecu";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("read", [Request, 3, 0x22, 0xF1, 0x90, Collect]),
        ("session", [Request, 2, 0x10, 3, Request, 2, 0x27, 1, Request, 6, 0x27, 2, 0, 0, 0, 0, Wait, 200, Request, 2, 0x3E, 0x80]),
        ("download", [Request, 2, 0x10, 2, Request, 5, 0x34, 0, 0x11, 0, 4, Request, 6, 0x36, 1, 1, 2, 3, 4, Request, 1, 0x37]),
        ("upload", [Request, 2, 0x10, 3, Request, 5, 0x35, 0, 0x11, 0, 64, Request, 2, 0x36, 1, Collect, Request, 1, 0x37]),
        ("routine",
        [
            Request, 2, 0x10, 3, Request, 4, 0x31, 1, 2, 3, Wait, 250, Request, 4, 0x31, 3, 2, 3,
            Request, 4, 0x31, 1, 0xFF, 0, Wait, 255, Wait, 255,
        ]),
        ("codes", [Request, 3, 0x19, 2, 0xFF, Request, 6, 0x19, 4, 3, 1, 0, 0xFF, Collect, Request, 4, 0x14, 0xFF, 0xFF, 0xFF]),
        ("obd", [Functional, 2, 1, 0, Request, 3, 2, 0x0C, 0, Request, 1, 3, Request, 1, 7, Request, 1, 4, Request, 2, 9, 2, Collect]),
        ("control", [Request, 2, 0x10, 3, Request, 3, 0x28, 3, 1, Request, 2, 0x85, 2, Request, 2, 0x11, 1]),
        ("pieces", [Frame, 8, 0x10, 9, 0x22, 1, 0, 1, 0, 1, Frame, 4, 0x21, 0, 1, 0, Collect]),
        ("long", [Frame, 8, 0x10, 0, 0, 0, 0x10, 0, 1, 2, Frame, 8, 0x21, 1, 2, 3, 4, 5, 6, 7, Frame, 8, 0x23, 0, 0, 0, 0, 0, 0, 0]),
        ("write", [Request, 2, 0x10, 3, Request, 5, 0x2E, 1, 0, 1, 2]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Whole answers to the last input.</summary>
    public int Answers { get; private set; }

    /// <summary>Which services answered the last input.</summary>
    public HashSet<byte> Services { get; } = [];

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        Answers = 0;
        Services.Clear();
        DiagnosticData data = Make();
        IsoTpSettings near = new() { Request = 0x7E0, Response = 0x7E8, Functional = 0x7DF, BlockSize = 4 };
        DiagnosticChannel channel = new(near, data);
        data.Resets = channel.EndSession;
        IsoTpLink tester = new(near with { Request = near.Response, Response = near.Request, BlockSize = 0 }, (message, _) => Look(message.Span));
        long now = 0;
        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            Do(channel, tester, step, ref script, ref now);
        }

        // Whatever happened: after a while it answers the next tester.
        now += 60 * TimeSpan.TicksPerSecond;
        for (int i = 0; i < 4; i++, now += 60 * TimeSpan.TicksPerSecond)
            Settle(channel, tester, now);
        channel.End();
        tester.End();
        Answers = 0;
        tester.Send([0x3E, 0]);
        Settle(channel, tester, now);
        Promise.Keep(Answers == 1, "the next tester is answered");
        foreach (MemoryArea area in data.Areas)
            area.Dispose();
    }

    private static DiagnosticData Make()
    {
        DiagnosticData data = new() { HasObd = true };
        StoredData vin = new(0xF190, s_open, AccessRule.Never, new byte[17], isText: true);
        data.Identifiers.Add(vin);
        data.Infos.Add(new ObdInfo(2, vin));
        ObdValue speed = ObdValue.Find("engine-speed")!;
        data.Add(speed, speed.Parameter(850));
        data.Identifiers.Add(new StoredData(0x0100, s_open, AccessRule.Extended, new byte[2], isText: false) { Delay = 1 });
        data.Routines.Add(new Routine(0x0203, s_open, null, [1], TimeSpan.TicksPerSecond));
        data.Routines.Add(new Routine(0xFF00, s_open, 0, [], 0) { Delay = 3 * TimeSpan.TicksPerSecond });
        data.Levels.Add(new SecurityLevel(1, 0));
        data.Areas.Add(new MemoryArea(0, 4096, s_open, s_open));
        Promise.Keep(data.Codes.TrySet("P0301 U0100:pending", data.Freeze), "these are codes");
        return data;
    }

    private static void Do(DiagnosticChannel channel, IsoTpLink tester, byte step, ref ScriptReader script, ref long now)
    {
        switch (step)
        {
            case Frame:
                int length = script.Byte() & 0x7F;
                CanFrame frame = new(0x7E0, Math.Min(length, 64), isFd: length > 8);
                foreach (ref byte each in frame.Data)
                    each = script.Byte();
                _ = channel.Take(frame, now);
                break;
            case Request or Functional:
                byte[] request = new byte[Math.Max(1, script.Byte() % 65)];
                if (step == Functional)
                    request = request[..Math.Min(request.Length, 7)];
                for (int i = 0; i < request.Length; i++)
                    request[i] = script.Byte();
                if (step == Request)
                {
                    tester.Send(request);
                    Settle(channel, tester, now);
                    break;
                }

                CanFrame all = new(0x7DF, 8);
                all.Data[0] = (byte)request.Length;
                request.CopyTo(all.Data[1..]);
                _ = channel.Take(all, now);
                break;
            case Wait:
                now += script.Byte() * 20 * TimeSpan.TicksPerMillisecond;
                channel.Expire(now);
                tester.Expire(now);
                break;
            default:
                Settle(channel, tester, now);
                break;
        }
    }

    // Both ends until neither has anything to say; what takes time is left.
    private static void Settle(DiagnosticChannel channel, IsoTpLink tester, long now)
    {
        channel.Expire(now);
        tester.Expire(now);
        int frames = 0;
        for (bool any = true; any;)
        {
            any = false;
            if (channel.TryPeek(now, out CanFrame answer))
            {
                channel.Advance(now);
                _ = tester.Take(answer, now);
                any = true;
            }

            if (tester.TryPeek(now, out CanFrame question))
            {
                tester.Advance(now);
                _ = channel.Take(question, now);
                any = true;
            }

            Promise.Keep(++frames < MaxFrames, "an exchange ends");
        }
    }

    private void Look(ReadOnlySpan<byte> answer)
    {
        Answers++;
        Services.Add(answer[0]);
        int known = s_services.IndexOf(answer[0]);
        Promise.Keep(known >= 0, "an answer is one to a service that there is");
        Promise.Keep(answer[0] != 0x7F || answer.Length == 3, "a refusal has three bytes");
        Promise.Keep(answer.Length <= Transfer.MaxBlock, "an answer fits into a message");
        Behaviour |= 1UL << (Steps + known);
    }
}
