// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux;

/// <summary>A timer that is waited for like any descriptor: one shot or periodic, after a while or at a time.</summary>
public static unsafe class TimerFd
{
    /// <summary>On CLOCK_MONOTONIC, which nobody sets.</summary>
    public static Errno Create(out OwnedFd? fd) => Create(Libc.CLOCK_MONOTONIC, out fd);

    /// <summary>On CLOCK_REALTIME, for <see cref="SetRealtime"/>.</summary>
    public static Errno CreateRealtime(out OwnedFd? fd) => Create(Libc.CLOCK_REALTIME, out fd);

    private static Errno Create(int clock, out OwnedFd? fd)
    {
        int n = Libc.timerfd_create(clock, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK);
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

    /// <summary>Starts a timer of CLOCK_MONOTONIC, one shot, replacing what was set; a time that has passed fires at once.</summary>
    /// <param name="timestamp">As <see cref="Stopwatch.GetTimestamp"/> counts, which is the same clock.</param>
    public static Errno SetAt(int fd, long timestamp)
    {
        long seconds = Math.DivRem(Math.Max(timestamp, 0), Stopwatch.Frequency, out long rest);
        TimeSpec at = new() { Seconds = seconds, Nanoseconds = rest * (1_000_000_000 / Stopwatch.Frequency) };
        return SetAt(fd, at, Libc.TFD_TIMER_ABSTIME);
    }

    /// <summary>
    /// Starts a timer of CLOCK_REALTIME, one shot, replacing what was set; a time that has passed fires at once. While it
    /// is set, reading it fails once with ECANCELED whenever somebody sets the clock.
    /// </summary>
    /// <returns>ECANCELED when the clock was set since the timer was read or set last; it is set all the same.</returns>
    public static Errno SetRealtime(int fd, DateTimeOffset time)
    {
        long ticks = Math.Max(time.UtcTicks - DateTime.UnixEpoch.Ticks, 0);
        return SetAt(fd, From(TimeSpan.FromTicks(ticks)), Libc.TFD_TIMER_ABSTIME | Libc.TFD_TIMER_CANCEL_ON_SET);
    }

    public static Errno Cancel(int fd)
    {
        ITimerSpec spec = default;
        return Libc.timerfd_settime(fd, 0, &spec, null) < 0 ? Errno.Last : Errno.Success;
    }

    private static Errno SetAt(int fd, TimeSpec time, int flags)
    {
        // A zero value would disarm the timer.
        if (time.Seconds == 0 && time.Nanoseconds == 0)
            time.Nanoseconds = 1;
        ITimerSpec spec = new() { Value = time };
        return Libc.timerfd_settime(fd, flags, &spec, null) < 0 ? Errno.Last : Errno.Success;
    }

    private static TimeSpec From(TimeSpan span) => new()
    {
        Seconds = span.Ticks / TimeSpan.TicksPerSecond,
        Nanoseconds = span.Ticks % TimeSpan.TicksPerSecond * 100,
    };
}
