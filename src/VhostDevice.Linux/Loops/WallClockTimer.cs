// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// A timer of an <see cref="EventLoop"/> that expires at a time of day (CLOCK_REALTIME), and tells when somebody sets
/// the clock, after which the time that is left is another one.
/// </summary>
public sealed class WallClockTimer : IFdHandler, IDisposable
{
    private readonly EventLoop _loop;
    private readonly OwnedFd _fd;
    private readonly Action _expired;
    private readonly Action? _stepped;
    private FdWatch? _watch;

    private WallClockTimer(EventLoop loop, OwnedFd fd, Action expired, Action? stepped)
    {
        _loop = loop;
        _fd = fd;
        _expired = expired;
        _stepped = stepped;
    }

    /// <summary>Whether it is still to expire.</summary>
    public bool IsSet { get; private set; }

    /// <param name="expired">The time has come, or had when the timer was started.</param>
    /// <param name="stepped">
    /// The clock was set while the timer was set, which it remains: it expires when the clock shows its time. Null: nobody
    /// wants to know.
    /// </param>
    public static Errno Create(EventLoop loop, Action expired, Action? stepped, out WallClockTimer? timer)
    {
        timer = null;
        Errno errno = TimerFd.CreateRealtime(out OwnedFd? fd);
        if (errno.IsError)
            return errno;
        WallClockTimer made = new(loop, fd!, expired, stepped);
        errno = loop.Watch(fd!, Readiness.Readable, made, out made._watch);
        timer = errno.IsSuccess ? made : null;
        return errno;
    }

    /// <summary>Expires once the clock shows <paramref name="time"/>, replacing what was set.</summary>
    public void StartAt(DateTimeOffset time)
    {
        IsSet = true;
        // timerfd_create(2): it is set all the same when the clock was set since the last look at it.
        if (TimerFd.SetRealtime(_fd.Fd, time) == Errno.ECANCELED)
            _loop.Post(Stepped);
    }

    public void Cancel()
    {
        IsSet = false;
        _ = TimerFd.Cancel(_fd.Fd);
    }

    public void Dispose()
    {
        IsSet = false;
        _watch?.Dispose();
        _fd.Dispose();
    }

    void IFdHandler.OnReady(Readiness readiness) => OnRead(EventFd.Consume(_fd.Fd, out _));

    /// <summary>What reading the timer came to.</summary>
    internal void OnRead(Errno errno)
    {
        if (errno == Errno.ECANCELED)
            Stepped();
        else if (errno.IsSuccess && IsSet)
        {
            IsSet = false;
            _expired();
        }
    }

    private void Stepped()
    {
        if (IsSet)
            _stepped?.Invoke();
    }
}
