// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rtc;

/// <summary>
/// The host's TAI by a table of leap seconds. The kernel's own CLOCK_TAI runs on when there is a leap second, but most kernels
/// are never told how far it is ahead of UTC, or only after a while; so its pace is taken and the difference is the table's.
/// </summary>
/// <param name="table">When there are leap seconds.</param>
public sealed class HostTai(LeapSeconds table)
{
    private const long Second = 1_000_000_000;

    // How far the kernel says that its TAI is ahead, and what is missing to the table's; in one word, as several loops may read.
    private long _known = Pack(int.MinValue, 0);

    /// <param name="nanoseconds">TAI, in nanoseconds from 1970 on.</param>
    public Errno Read(out long nanoseconds)
    {
        nanoseconds = 0;
        Errno errno = HostClocks.Read(HostClock.Realtime, out long utc);
        if (errno.IsSuccess)
            errno = HostClocks.Read(HostClock.Tai, out nanoseconds);
        if (errno.IsError)
            return errno;
        nanoseconds += Missing(utc, nanoseconds) * Second;
        return Errno.Success;
    }

    /// <summary>When the host's time of day will be as it is at a moment of its TAI, if there is no leap second until then.</summary>
    /// <returns>Nanoseconds of CLOCK_REALTIME.</returns>
    public long RealtimeAt(long tai)
    {
        (int ahead, int missing) = Unpack(Volatile.Read(ref _known));
        return tai - (((long)ahead + missing) * Second);
    }

    /// <summary>What is missing to the table's difference.</summary>
    /// <param name="utc">What the kernel shows, and just afterwards its TAI.</param>
    internal int Missing(long utc, long tai)
    {
        (int ahead, int missing) = Unpack(Volatile.Read(ref _known));
        int now = (int)((tai - utc + (Second / 2)) / Second);
        if (now == ahead)
            return missing;
        // At a leap second the kernel's difference changes by itself, and its TAI just goes on.
        if (Math.Abs((long)now - ahead) != 1 || !IsLeap(utc / Second))
            missing = AheadAt(utc / Second) - now;
        Volatile.Write(ref _known, Pack(now, missing));
        return missing;
    }

    private int AheadAt(long second)
    {
        int ahead = table.Entries[0].Ahead;
        foreach (LeapEntry entry in table.Entries)
        {
            if (entry.From <= second)
                ahead = entry.Ahead;
        }

        return ahead;
    }

    private bool IsLeap(long second)
    {
        foreach (LeapEntry entry in table.Entries)
        {
            if (Math.Abs(entry.From - second) <= 2)
                return true;
        }

        return false;
    }

    private static long Pack(int ahead, int missing) => ((long)ahead << 32) | (uint)missing;

    private static (int Ahead, int Missing) Unpack(long known) => ((int)(known >> 32), (int)known);
}
