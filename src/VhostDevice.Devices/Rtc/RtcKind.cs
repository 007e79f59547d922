// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Yaml;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Daemon;
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

    private static readonly FlagSetting s_boottime = new(
        "--boottime", null, "Add a monotonic clock that also counts the time in which the host sleeps");

    private static readonly ChoiceSetting s_utcType = new(
        "--utc-type", null, "TYPE",
        "What the guest is told of leap seconds: smeared, utc (they are steps) or maybe-smeared; some drivers take only the last two",
        ["smeared", "utc", "maybe-smeared"], byDefault: "smeared");

    private static readonly ChoiceSetting s_smear = new(
        "--smear", null, "HOW", "Smear leap seconds: over the day from noon to noon, or over 1000 seconds", ["noon-linear", "utc-sls"])
    {
        Unset = "UTC as the host has it",
    };

    private static readonly TextSetting s_leapSeconds = new(
        "--leap-seconds", null, "FILE", "Have UTC and TAI follow the leap seconds of this file, such as leap-seconds.list, and not the host's")
    {
        Unset = $"with --smear {LeapSeconds.UsualPlace}",
    };

    private static readonly TextSetting s_counterOffset = new(
        "--counter-offset", null, "CYCLES",
        "How far the guest's TSC (on Arm: virtual counter) is ahead of the host's: cross time stamps of clock and counter are offered then")
    {
        Unset = "not known",
        Wanted = GuestCounter.OffsetForm,
        IsPossible = static text => GuestCounter.TryOffset(text, out _),
    };

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
        ControlSocket.Option, null, "PATH", "Listen here for 'rtc show', 'set', 'step', 'rate', 'skew', 'freeze' and 'run'");

    public override IReadOnlyList<Setting> Settings =>
    [
        s_noAlarm, s_noUtc, s_noTai, s_noMonotonic, s_boottime, s_utcType, s_smear, s_leapSeconds, s_counterOffset, s_start, s_offset, s_rate,
        s_frozen, s_control,
    ];

    public override IReadOnlyList<ControlVerb> Verbs => RtcCommands.Verbs;

    public override string? Problem(Values values) =>
        values.Has(s_start) && values.Has(s_offset) ? "--start and --offset exclude each other: give one of them"
        : values.Has(s_frozen) && values.Has(s_rate) ? "--frozen and --rate exclude each other: a clock that stands still has no pace"
        : values.Has(s_smear) && values[s_utcType] != "smeared"
            ? "--smear and --utc-type exclude each other: what is smeared is of the type 'smeared'"
        : values.Has(s_smear) && values[s_noUtc] ? "--smear and --no-utc exclude each other: only the UTC clock has leap seconds"
        : values.Has(s_leapSeconds) && !values.Has(s_smear) && values[s_utcType] == "smeared" && !values[s_noUtc]
            ? "--leap-seconds needs to know how the UTC clock gets over them: --smear noon-linear, --smear utc-sls or --utc-type utc"
        : null;

    public override Served Open(Opening at)
    {
        RtcClocks clocks = new(Clocks(at), offersAlarms: !at[s_noAlarm], Counter(at));
        RtcCommands commands = new(clocks, at.Log);
        Set(at, clocks);
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
        LeapSeconds? table = Table(at);
        HostTai? tai = table is null ? null : new HostTai(table);
        if (!at[s_noUtc])
        {
            RtcClockType type = TypeOf(at[s_utcType]!);
            LeapSmear smear = at[s_smear] switch
            {
                "noon-linear" => LeapSmear.NoonLinear,
                "utc-sls" => LeapSmear.UtcSls,
                _ => LeapSmear.Step,
            };
            clocks.Add(tai is null ? new RtcClock(type, HostClock.Realtime) : new RtcClock(type, tai, new UtcScale(table!, smear), smear));
        }

        if (!at[s_noTai])
            clocks.Add(tai is null ? new RtcClock(RtcClockType.Tai, HostClock.Tai) : new RtcClock(tai));
        if (!at[s_noMonotonic])
            clocks.Add(new RtcClock(RtcClockType.Monotonic, HostClock.Monotonic));
        if (at[s_boottime])
            clocks.Add(new RtcClock(RtcClockType.Monotonic, HostClock.Boottime));
        foreach (RtcClock clock in clocks)
        {
            Errno errno = clock.Read(out _);
            if (errno.IsError)
            {
                string cure = clock.Source switch
                {
                    HostClock.Tai => $"leave it out with {s_noTai.Name}",
                    HostClock.Monotonic => $"leave it out with {s_noMonotonic.Name}",
                    HostClock.Boottime => $"do without {s_boottime.Name}",
                    _ => $"leave it out with {s_noUtc.Name}",
                };
                throw new StartupException($"the host's {clock.Source} clock cannot be read: {errno}; {cure}");
            }
        }

        return clocks;
    }

    private static LeapSeconds? Table(Opening at)
    {
        string? path = at[s_leapSeconds] ?? (at[s_smear] is null ? null : LeapSeconds.UsualPlace);
        if (path is null)
            return null;
        string text;
        try
        {
            string? whenMissing = at[s_leapSeconds] is null ? $"the package tzdata brings it, or {s_leapSeconds.Name} names another one" : null;
            text = YamlText.Read(path, "the list of leap seconds", whenMissing);
        }
        catch (YamlFileException problem)
        {
            throw new StartupException(problem.Message, isUsage: !problem.IsUnreadable);
        }

        if (!LeapSeconds.TryRead(text, out LeapSeconds table, out string wrong))
            throw new StartupException($"{path}: {wrong}", isUsage: true);
        if (table.Expires is { } expires && expires < DateTimeOffset.UtcNow)
        {
            at.Begin(() => at.Log.LogWarning(
                "the leap seconds of {Path} are known until {Expires:yyyy-MM-dd} only: update the file (package tzdata)", path, expires));
        }

        return table;
    }

    private static GuestCounter? Counter(Opening at)
    {
        if (at[s_counterOffset] is not { } text || !GuestCounter.TryOffset(text, out ulong offset))
            return null;
        return ProcessorCounter.TryRead(out CounterKind kind, out _)
            ? new GuestCounter(kind, static () => ProcessorCounter.TryRead(out _, out ulong now) ? now : 0, offset)
            : throw new StartupException($"{s_counterOffset.Name}: this program cannot read a counter of the processor; do without", isUsage: true);
    }

    private static void Set(Opening at, RtcClocks clocks)
    {
        if (at[s_offset] is { } offset && RtcText.TrySpan(offset, out long span))
            _ = clocks.Step(span);
        if (at[s_start] is { } start && RtcText.TryTime(start, out long time) && RtcCommands.Problem(clocks.Set(time)) is { } problem)
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
