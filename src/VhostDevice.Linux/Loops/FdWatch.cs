// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>One watched descriptor of an <see cref="EventLoop"/>. Dispose it before the descriptor is closed.</summary>
public sealed class FdWatch : IDisposable
{
    private readonly EventLoop _loop;
    private Readiness _interest;
    private bool _disposed;

    internal FdWatch(EventLoop loop, int slot, int fd, Readiness interest, IFdHandler handler)
    {
        _loop = loop;
        Handler = handler;
        Begin(slot, fd, interest);
    }

    /// <summary>A watch that watches nothing yet, for <see cref="WatchedFd"/>, which uses it again and again.</summary>
    internal FdWatch(EventLoop loop, IFdHandler handler)
    {
        _loop = loop;
        Handler = handler;
        _disposed = true;
    }

    internal int Slot { get; private set; }

    internal int Fd { get; private set; }

    internal ulong Token { get; private set; }

    internal IFdHandler Handler { get; }

    internal bool IsWatching => !_disposed;

    /// <summary>Whether nothing is heard of the descriptor for a while; see <see cref="RestingWatches"/>.</summary>
    internal bool IsResting { get; set; }

    /// <summary>What the descriptor is watched for; a change costs a system call, the same value none.</summary>
    public Readiness Interest
    {
        get => _interest;
        set
        {
            if (_disposed || _interest == value)
                return;
            if (IsResting)
            {
                _interest = value;
                return;
            }

            // The descriptor is watched already, so this can only fail for lack of kernel memory.
            if (_loop.Change(this, value).IsSuccess)
                _interest = value;
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _loop.Unwatch(this);
    }

    internal void Begin(int slot, int fd, Readiness interest)
    {
        Slot = slot;
        Fd = fd;
        _interest = interest;
        IsResting = false;
        // The generation tells a late event of a former user of the slot from one of this watch.
        Token = ((ulong)_loop.NextGeneration() << 32) | (uint)slot;
    }

    internal Errno Restart(int fd, Readiness interest)
    {
        Errno errno = _loop.Rewatch(this, fd, interest);
        _disposed = errno.IsError;
        return errno;
    }

    /// <summary>Ends the watch of a descriptor that is closed next, which takes it out of epoll by itself.</summary>
    internal void Abandon()
    {
        if (_disposed)
            return;
        _disposed = true;
        _loop.Forget(this);
    }
}
