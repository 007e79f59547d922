// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>Reads clocks of the kernel.</summary>
public static unsafe class HostClocks
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <param name="nanoseconds">What the clock shows, in nanoseconds from its own zero.</param>
    /// <returns>EINVAL when the kernel has no such clock.</returns>
    public static Errno Read(HostClock clock, out long nanoseconds)
    {
        TimeSpec now;
        int number = clock switch
        {
            HostClock.Monotonic => Libc.CLOCK_MONOTONIC,
            HostClock.Tai => Libc.CLOCK_TAI,
            HostClock.Boottime => Libc.CLOCK_BOOTTIME,
            _ => Libc.CLOCK_REALTIME,
        };
        Errno errno = Libc.clock_gettime(number, &now) == 0 ? Errno.Success : Errno.Last;
        nanoseconds = errno.IsSuccess ? checked((now.Seconds * NanosecondsPerSecond) + now.Nanoseconds) : 0;
        return errno;
    }
}
