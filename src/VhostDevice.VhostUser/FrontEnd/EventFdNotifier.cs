// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>Notifications over eventfds, as virtual machine monitors do it.</summary>
public sealed class EventFdNotifier : QueueNotifier
{
    private readonly OwnedFd _kick;
    private readonly OwnedFd? _call;
    private readonly OwnedFd _err;
    private readonly EventLoop? _loop;
    private readonly FdWatch? _watch;

    /// <param name="withCall">False: the device is told not to call, the driver polls.</param>
    public EventFdNotifier(bool withCall = true)
    {
        FrontEndException.ThrowIfError(EventFd.Create(nonBlocking: true, out OwnedFd? kick), "eventfd");
        FrontEndException.ThrowIfError(EventFd.Create(nonBlocking: true, out OwnedFd? err), "eventfd");
        _kick = kick!;
        _err = err!;
        if (!withCall)
            return;
        FrontEndException.ThrowIfError(EventFd.Create(nonBlocking: true, out _call), "eventfd");
        FrontEndException.ThrowIfError(EventLoop.Create(out _loop), "epoll");
        // Edge-triggered: every signal wakes the waiter once though nobody reads the eventfd, which saves a system call.
        FrontEndException.ThrowIfError(_loop!.Watch(_call!.Fd, Readiness.Readable | Readiness.EdgeTriggered, new Nothing(), out _watch), "epoll");
    }

    public override bool CanWait => _call is not null;

    public override OwnedFd? KickFd => _kick;

    public override OwnedFd? CallFd => _call;

    public override OwnedFd? ErrFd => _err;

    public override void Kick()
    {
        Kicks++;
        // Only a full counter can fail, and then the device has 2^64 kicks to look at.
        _ = EventFd.Signal(_kick.Fd);
    }

    public override ulong TakeCalls()
    {
        if (_call is null || EventFd.Consume(_call.Fd, out ulong count).IsError)
            count = 0;
        return count;
    }

    public override bool WaitForError(TimeSpan timeout) =>
        EventFd.Wait(_err.Fd, Deadline.After(timeout).Milliseconds) && EventFd.Consume(_err.Fd, out _).IsSuccess;

    public override void Dispose()
    {
        _watch?.Dispose();
        _loop?.Dispose();
        _kick.Dispose();
        _call?.Dispose();
        _err.Dispose();
    }

    internal override bool WaitForCall(Deadline deadline)
    {
        if (_loop is null)
            return false;
        FrontEndException.ThrowIfError(_loop.Turn(deadline.Milliseconds, out int ready), "epoll");
        return ready > 0;
    }

    private sealed class Nothing : IFdHandler
    {
        public void OnReady(Readiness readiness)
        {
        }
    }
}
