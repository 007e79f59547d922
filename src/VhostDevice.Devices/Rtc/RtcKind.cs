// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rtc;

/// <summary>rtc: the host's clocks, or others that go as somebody says.</summary>
public sealed class RtcKind() : DeviceKind("rtc", 17, "Clocks: the host's time of day, TAI and monotonic time, with alarms")
{
    private static readonly FlagSetting s_noAlarm = new("--no-offer-alarm", null, "Offer the guest no alarms");
    private static readonly FlagSetting s_noUtc = new("--no-utc", null, "Leave out the UTC clock");
    private static readonly FlagSetting s_noTai = new("--no-tai", null, "Leave out the TAI clock");
    private static readonly FlagSetting s_noMonotonic = new("--no-monotonic", null, "Leave out the monotonic clock");

    private static readonly ChoiceSetting s_utcType = new(
        "--utc-type", null, "TYPE",
        "What the guest is told of leap seconds: smeared, utc (they are steps) or maybe-smeared; some drivers take only the last two",
        ["smeared", "utc", "maybe-smeared"], byDefault: "smeared");

    private static readonly TextSetting s_start = new("--start", null, "TIME", $"What the time of day is when the daemon starts: {RtcText.TimeForm}")
    {
        Unset = "the host's",
        Wanted = RtcText.TimeForm,
        IsPossible = static text => RtcText.TryTime(text, out _),
    };

    private static readonly TextSetting s_offset = new("--offset", null, "SECONDS", "How far the time of day is ahead of the host's")
    {
        Unset = "0",
        Wanted = RtcText.SpanForm,
        IsPossible = static text => RtcText.TrySpan(text, out _),
    };

    private static readonly TextSetting s_rate = new("--rate", null, "RATE", $"How many seconds pass in one of the host's: {RtcText.RateForm}")
    {
        Unset = "1",
        Wanted = RtcText.RateForm,
        IsPossible = static text => RtcText.TryRate(text, out _),
    };

    private static readonly FlagSetting s_frozen = new("--frozen", null, "All clocks stand still until 'rtc run'");

    private static readonly TextSetting s_control = new(
        ControlSocket.Option, null, "PATH", "Listen here for 'rtc show', 'set', 'step', 'rate', 'freeze' and 'run'");

    public override IReadOnlyList<Setting> Settings =>
        [s_noAlarm, s_noUtc, s_noTai, s_noMonotonic, s_utcType, s_start, s_offset, s_rate, s_frozen, s_control];

    public override IReadOnlyList<ControlVerb> Verbs => RtcCommands.Verbs;

    public override string? Problem(Values values) =>
        values.Has(s_start) && values.Has(s_offset) ? "--start and --offset exclude each other: give one of them"
        : values.Has(s_frozen) && values.Has(s_rate) ? "--frozen and --rate exclude each other: a clock that stands still has no pace"
        : null;

    public override Served Open(Opening at)
    {
        RtcClocks clocks = new(Clocks(at), offersAlarms: !at[s_noAlarm]);
        RtcCommands commands = new(clocks, at.Log);
        Set(at, clocks, commands);
        if (clocks.Count == 0)
        {
            at.Begin(() => at.Log.LogWarning(
                "there is no clock, and Linux' driver will refuse the device: leave out one of --no-utc, --no-tai and --no-monotonic"));
        }

        if (at[s_control] is { } path)
            at.Listen(path, commands.Run);
        return new Served(_ => () => new RtcDevice(clocks));
    }

    // Their order is that of the ids, without those that are left out.
    private static List<RtcClock> Clocks(Opening at)
    {
        List<RtcClock> clocks = [];
        if (!at[s_noUtc])
            clocks.Add(new RtcClock(TypeOf(at[s_utcType]!), HostClock.Realtime));
        if (!at[s_noTai])
            clocks.Add(new RtcClock(RtcClockType.Tai, HostClock.Tai));
        if (!at[s_noMonotonic])
            clocks.Add(new RtcClock(RtcClockType.Monotonic, HostClock.Monotonic));
        foreach (RtcClock clock in clocks)
        {
            Errno errno = clock.Read(out _);
            if (errno.IsError)
            {
                string option = clock.Source switch
                {
                    HostClock.Tai => s_noTai.Name,
                    HostClock.Monotonic => s_noMonotonic.Name,
                    _ => s_noUtc.Name,
                };
                throw new StartupException($"the host's {clock.Source} clock cannot be read: {errno}; leave it out with {option}");
            }
        }

        return clocks;
    }

    private static void Set(Opening at, RtcClocks clocks, RtcCommands commands)
    {
        if (at[s_offset] is { } offset && RtcText.TrySpan(offset, out long span))
            _ = clocks.Step(span);
        if (at[s_start] is { } start && RtcText.TryTime(start, out long time) && commands.Set(time) is { } problem)
            throw new StartupException($"--start {start} is not possible: {problem}", isUsage: true);
        if (at[s_rate] is { } text && RtcText.TryRate(text, out double rate))
            _ = clocks.Go(rate);
        if (at[s_frozen])
            _ = clocks.Go(0);
    }

    private static RtcClockType TypeOf(string word) => word switch
    {
        "utc" => RtcClockType.Utc,
        "maybe-smeared" => RtcClockType.UtcMaybeSmeared,
        _ => RtcClockType.UtcSmeared,
    };
}
