// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>A timer of an <see cref="EventLoop"/>.</summary>
public sealed class LoopTimer : IFdHandler, IDisposable
{
    private readonly OwnedFd _fd;
    private readonly Action _expired;
    private FdWatch? _watch;

    private LoopTimer(OwnedFd fd, Action expired)
    {
        _fd = fd;
        _expired = expired;
    }

    /// <summary>Whether a one-shot is still to come.</summary>
    public bool IsSet { get; private set; }

    internal static Errno Create(EventLoop loop, Action expired, out LoopTimer? timer)
    {
        timer = null;
        Errno errno = TimerFd.Create(out OwnedFd? fd);
        if (errno.IsError)
            return errno;
        LoopTimer made = new(fd!, expired);
        errno = loop.Watch(fd!.Fd, Readiness.Readable, made, out made._watch);
        if (errno.IsError)
        {
            fd.Dispose();
            return errno;
        }

        timer = made;
        return Errno.Success;
    }

    /// <summary>Runs the action once after <paramref name="delay"/>, replacing what was set.</summary>
    public void Start(TimeSpan delay)
    {
        IsSet = true;
        _ = TimerFd.Set(_fd.Fd, delay, TimeSpan.Zero);
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
        if (EventFd.Consume(_fd.Fd, out _).IsError || !IsSet)
            return;
        IsSet = false;
        _expired();
    }
}
