// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rtc;

/// <summary>
/// A clock of the device: what the guest is told that it is, and the host's clock behind it. Between the two is its line,
/// <see cref="Time"/>, and for UTC by a table of leap seconds a scale: the line is TAI then.
/// </summary>
public sealed class RtcClock
{
    private readonly HostTai? _tai;
    private readonly UtcScale? _scale;

    /// <summary>A clock that shows what the host's does.</summary>
    public RtcClock(RtcClockType type, HostClock source)
    {
        Type = type;
        Source = source;
    }

    /// <summary>TAI by a table of leap seconds.</summary>
    public RtcClock(HostTai tai)
        : this(RtcClockType.Tai, HostClock.Tai) => _tai = tai;

    /// <summary>UTC by a table of leap seconds.</summary>
    /// <param name="type">One of the three kinds of UTC.</param>
    /// <param name="scale">How it gets over them.</param>
    /// <param name="smear">The same, as the guest is told.</param>
    public RtcClock(RtcClockType type, HostTai tai, UtcScale scale, LeapSmear smear)
        : this(type, HostClock.Realtime) => (_tai, _scale, Smear) = (tai, scale, smear);

    public RtcClockType Type { get; }

    /// <summary>How its leap seconds are smeared; <see cref="LeapSmear.Step"/> also where that is not known.</summary>
    public LeapSmear Smear { get; }

    public HostClock Source { get; }

    /// <summary>What it shows for each moment of its source's.</summary>
    public GuestTime Time { get; } = new();

    /// <summary>Whether there can be an alarm: the host has timers for the time of day only.</summary>
    public bool HasAlarm => Source == HostClock.Realtime;

    /// <summary>Whether it shows a time of day, and not how long something runs.</summary>
    public bool IsTimeOfDay => Type != RtcClockType.Monotonic;

    /// <summary>What it shows.</summary>
    /// <param name="reading">Nanoseconds; what is before its zero is 0.</param>
    public Errno Read(out ulong reading)
    {
        Errno errno = ReadLine(out long line);
        reading = errno.IsSuccess ? (ulong)Math.Max(_scale?.FromTai(line) ?? line, 0) : 0;
        return errno;
    }

    /// <summary>The host's clock behind it.</summary>
    internal Errno ReadHost(out long host) => _tai is null ? HostClocks.Read(Source, out host) : _tai.Read(out host);

    /// <summary>Where its line is now.</summary>
    internal Errno ReadLine(out long line)
    {
        Errno errno = ReadHost(out long host);
        line = errno.IsSuccess ? Time.Of(host) : 0;
        return errno;
    }

    /// <summary>Where its line is when it shows a time.</summary>
    internal long LineAt(long shown) => _scale?.ToTai(shown) ?? shown;

    /// <summary>When it will show a time, or has shown it, by the host's time of day as it goes now; null: never.</summary>
    internal long? RealtimeWhen(long shown)
    {
        long line = LineAt(shown);
        // Times end somewhere, and what is behind their end never comes: a timer for it would expire again and again.
        if ((_scale?.FromTai(line) ?? line) < shown || Time.WhenIs(line) is not { } host || Time.Of(host) < line)
            return null;
        return _tai?.RealtimeAt(host) ?? host;
    }
}
