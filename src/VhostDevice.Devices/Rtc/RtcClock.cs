// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rtc;

/// <summary>A clock of the device: what the guest is told that it is, and the host's clock behind it.</summary>
public sealed class RtcClock
{
    public RtcClock(RtcClockType type, HostClock source)
    {
        Type = type;
        Source = source;
    }

    public RtcClockType Type { get; }

    public HostClock Source { get; }

    /// <summary>What it shows for each moment of its source's.</summary>
    public GuestTime Time { get; } = new();

    /// <summary>Whether there can be an alarm: the host has timers for the time of day only.</summary>
    public bool HasAlarm => Source == HostClock.Realtime;

    /// <summary>What it shows.</summary>
    /// <param name="reading">Nanoseconds; what is before its zero is 0.</param>
    public Errno Read(out ulong reading)
    {
        Errno errno = HostClocks.Read(Source, out long host);
        reading = errno.IsSuccess ? (ulong)Math.Max(Time.Of(host), 0) : 0;
        return errno;
    }
}
