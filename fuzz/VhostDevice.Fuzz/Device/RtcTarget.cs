// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Rtc;
using VhostDevice.Fuzz.Ring;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>rtc: any message about any clock, buffers for alarms of any size, and somebody who sets the clocks meanwhile.</summary>
public sealed class RtcTarget : IFuzzTarget
{
    private const byte Ask = DeviceSteps.Own;
    private const byte Alarm = DeviceSteps.Own + 1;
    private const byte Buffer = DeviceSteps.Own + 2;
    private const byte Step = DeviceSteps.Own + 3;
    private const byte Rate = DeviceSteps.Own + 4;
    private const byte Steps = DeviceSteps.Own + 5;

    private const int Requests = 0;
    private const int Alarms = 1;
    private const int Head = 8;
    private const int Clocks = 4;

    private static readonly LeapSeconds s_table = Table();

    public string Name => "rtc";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("how-many", [Ask, 0, 0x10, 0, 0]),
        ("read", [Ask, 1, 0, 0, 0, Ask, 1, 0, 1, 0, Ask, 1, 0, 2, 0, Ask, 1, 0, 3, 0, Ask, 1, 0, 4, 0]),
        ("cross", [Ask, 2, 0, 0, 1, Ask, 2, 0, 0, 0, Ask, 2, 0x10, 1, 1, Ask, 2, 0x10, 1, 9]),
        ("capabilities", [Ask, 1, 0x10, 0, 0, Ask, 1, 0x10, 3, 0, Ask, 1, 0x10, 9, 0]),
        ("alarm-past", [Buffer, 16, Alarm, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
        ("alarm-future", [Alarm, 0, 1, 0, 0, 0, 0, 0, 0, 0x7f, Buffer, 16, Step, 0x7f, 0xff, DeviceSteps.Turn, 0]),
        ("alarm-never", [Alarm, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, Buffer, 16]),
        ("alarm-of-no-clock", [Alarm, 1, 1, 0, 0, 0, 0, 0, 0, 0, Alarm, 9, 1, 0, 0, 0, 0, 0, 0, 0]),
        ("small-buffer", [Buffer, 15, Alarm, 0, 1, 0, 0, 0, 0, 0, 0, 0, Buffer, 16]),
        ("frozen", [Rate, 0, Alarm, 0, 1, 0, 0, 0, 0, 0, 0, 0x18, Buffer, 16, Step, 1, 0]),
        ("disabled-again", [Alarm, 0, 1, 0, 0, 0, 0, 0, 0, 0, Ask, 5, 0x10, 0, 0, Buffer, 16]),
        ("reconnect-with-alarm", [Alarm, 0, 1, 0, 0, 0, 0, 0, 0, 0, DeviceSteps.Reconnect, 0, Buffer, 16, Ask, 3, 0x10, 0, 0]),
        ("short", [DeviceSteps.Raw, 0, 0, 8, 7, 1, 0, 0, 0, 0, 0, 0, DeviceSteps.Serve, 0, 63]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input: requests that went well, those that did not, and alarms that went off.</summary>
    public int Done { get; private set; }

    public int Refused { get; private set; }

    public int Reports { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        ulong cycles = 0;
        HostTai tai = new(s_table);
        RtcClocks clocks = new(
            [
                new RtcClock(RtcClockType.UtcSmeared, tai, new UtcScale(s_table, LeapSmear.UtcSls), LeapSmear.UtcSls),
                new RtcClock(tai),
                new RtcClock(RtcClockType.Monotonic, HostClock.Monotonic),
                new RtcClock(RtcClockType.Monotonic, HostClock.Boottime),
            ],
            offersAlarms: true,
            new GuestCounter(CounterKind.TimeStampCounter, () => ++cycles, 7));
        using DeviceRig rig = new(() => new RtcDevice(clocks));
        (Done, Refused, Reports) = (0, 0, 0);
        rig.Looks = Look;
        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            Do(rig, clocks, step, ref script);
            rig.Turn();
        }

        Behaviour |= DeviceSteps.Amount(16, Done) | DeviceSteps.Amount(24, Refused) | DeviceSteps.Amount(32, Reports);
        Probe(rig);
        rig.End();
    }

    private static LeapSeconds Table()
    {
        Promise.Keep(LeapSeconds.TryRead("3644697600 36\n3692217600 37\n4039286400 36\n", out LeapSeconds table, out string problem), problem);
        return table;
    }

    private static void Do(DeviceRig rig, RtcClocks clocks, byte step, ref ScriptReader script)
    {
        switch (step)
        {
            case Ask:
                Offer(rig, [script.Byte(), script.Byte(), 0, 0, 0, 0, 0, 0, script.Byte(), 0, script.Byte(), 0, 0, 0, 0, 0]);
                break;
            case Alarm:
                byte[] request = new byte[24];
                (request[0], request[1], request[16], request[18]) = (4, 0x10, script.Byte(), script.Byte());
                for (int i = 1; i < 8; i++)
                    request[Head + i] = script.Byte();
                Offer(rig, request);
                break;
            case Buffer:
                rig.Offer(Alarms, [], 0, script.Byte(), 1);
                rig.Serve(Alarms);
                break;
            case Step:
                _ = clocks.Step((long)(((ulong)script.Byte() << 56) | ((ulong)script.Byte() << 48)));
                break;
            case Rate:
                _ = clocks.Go(script.Byte() % 4 * 100);
                break;
            default:
                DeviceSteps.Do(rig, step, ref script);
                break;
        }
    }

    private static void Offer(DeviceRig rig, byte[] request)
    {
        rig.Offer(Requests, request, 1, 24, 1);
        rig.Serve(Requests);
    }

    private void Look(int queue, byte[] answer, int used)
    {
        if (used == 0)
            return;
        if (queue == Alarms)
        {
            bool isReport = used == 16 && BinaryPrimitives.ReadUInt16LittleEndian(answer) == 0x2000 && answer[8] < Clocks;
            Promise.Keep(isReport, "a report is that of an alarm");
            Reports++;
            return;
        }

        Promise.Keep(answer[0] is 0 or (>= 2 and <= 5), "a status is one that there is");
        Promise.Keep(answer[0] == 0 ? used is 8 or 16 or 24 : used <= Head, "an answer has the length of its kind");
        _ = answer[0] == 0 ? Done++ : Refused++;
    }

    // What the next front-end asks is answered.
    private static void Probe(DeviceRig rig)
    {
        rig.Reconnect();
        int answers = 0;
        rig.Looks = (queue, answer, used) =>
        {
            if (queue == Requests && used > 0)
                Promise.Keep(answer[0] == 0 && used == 16 && answer[Head] == Clocks && ++answers > 0, "the next front-end is told of the clocks");
        };
        Offer(rig, [0, 0x10, 0, 0, 0, 0, 0, 0]);
        Promise.Keep(answers == 1, "the next front-end is answered");
        rig.Looks = null;
    }
}
