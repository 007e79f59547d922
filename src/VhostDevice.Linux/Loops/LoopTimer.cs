// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// A timer of an <see cref="EventLoop"/>, on a clock that nobody sets (CLOCK_MONOTONIC). For a time of day there is
/// <see cref="WallClockTimer"/>.
/// </summary>
public sealed class LoopTimer : IFdHandler, IDisposable
{
    private readonly OwnedFd _fd;
    private readonly Action _expired;
    private FdWatch? _watch;
    private bool _isPeriodic;

    private LoopTimer(OwnedFd fd, Action expired)
    {
        _fd = fd;
        _expired = expired;
    }

    /// <summary>Whether it is still to expire.</summary>
    public bool IsSet { get; private set; }

    /// <summary>
    /// In the action: how many periods have ended since it ran last, 1 unless the loop was late. Periods are counted from
    /// the start, so that being late once makes no later period longer.
    /// </summary>
    public ulong Expirations { get; private set; }

    internal static Errno Create(EventLoop loop, Action expired, out LoopTimer? timer)
    {
        timer = null;
        Errno errno = TimerFd.Create(out OwnedFd? fd);
        if (errno.IsError)
            return errno;
        LoopTimer made = new(fd!, expired);
        errno = loop.Watch(fd!, Readiness.Readable, made, out made._watch);
        timer = errno.IsSuccess ? made : null;
        return errno;
    }

    /// <summary>Runs the action once after <paramref name="delay"/>, replacing what was set.</summary>
    public void Start(TimeSpan delay)
    {
        IsSet = true;
        _isPeriodic = false;
        _ = TimerFd.Set(_fd.Fd, delay, TimeSpan.Zero);
    }

    /// <summary>Runs the action each time a period has ended, the first one from now, until <see cref="Cancel"/>.</summary>
    /// <param name="period">More than zero.</param>
    public void StartPeriodic(TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        IsSet = _isPeriodic = true;
        _ = TimerFd.Set(_fd.Fd, period, period);
    }

    /// <summary>
    /// Runs the action once, at a moment: for one that computes its next moment from the last, and is not to drift by
    /// what each turn takes.
    /// </summary>
    /// <param name="timestamp">As <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> counts; one that has passed: at once.</param>
    public void StartAt(long timestamp)
    {
        IsSet = true;
        _isPeriodic = false;
        _ = TimerFd.SetAt(_fd.Fd, timestamp);
    }

    public void Cancel()
    {
        IsSet = false;
        _ = TimerFd.Cancel(_fd.Fd);
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _fd.Dispose();
    }

    void IFdHandler.OnReady(Readiness readiness)
    {
        // EAGAIN: it was set anew or cancelled between the wake-up and now.
        if (EventFd.Consume(_fd.Fd, out ulong expirations).IsError || !IsSet)
            return;
        Expirations = expirations;
        IsSet = _isPeriodic;
        _expired();
    }
}
