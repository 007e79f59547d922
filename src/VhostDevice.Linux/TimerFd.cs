// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>A one-shot or periodic timer on CLOCK_MONOTONIC that is waited for like any descriptor.</summary>
public static unsafe class TimerFd
{
    public static Errno Create(out OwnedFd? fd)
    {
        int n = Libc.timerfd_create(Libc.CLOCK_MONOTONIC, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK);
        if (n < 0)
        {
            Errno errno = Errno.Last;
            fd = null;
            return errno;
        }

        fd = new OwnedFd(n);
        return Errno.Success;
    }

    /// <summary>Starts the timer, replacing what was set; a <paramref name="delay"/> of zero or less fires at once.</summary>
    /// <param name="period">Zero for one shot.</param>
    public static Errno Set(int fd, TimeSpan delay, TimeSpan period)
    {
        // A zero value would disarm the timer, so "now" is one nanosecond.
        ITimerSpec spec = new()
        {
            Value = delay > TimeSpan.Zero ? From(delay) : new TimeSpec { Nanoseconds = 1 },
            Interval = From(period),
        };
        return Libc.timerfd_settime(fd, 0, &spec, null) < 0 ? Errno.Last : Errno.Success;
    }

    public static Errno Cancel(int fd)
    {
        ITimerSpec spec = default;
        return Libc.timerfd_settime(fd, 0, &spec, null) < 0 ? Errno.Last : Errno.Success;
    }

    private static TimeSpec From(TimeSpan span) => new()
    {
        Seconds = span.Ticks / TimeSpan.TicksPerSecond,
        Nanoseconds = span.Ticks % TimeSpan.TicksPerSecond * 100,
    };
}
