// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// The owner of one descriptor at a time, and its watch: for devices that open and close so many sockets that an object
/// for each of them would be most of the work. Not thread-safe; nothing closes the descriptor but <see cref="Close"/>.
/// </summary>
/// <remarks>
/// The descriptor must not be duplicated: closing the last one is what takes it out of epoll, without a call for it.
/// </remarks>
public sealed class WatchedFd : IDisposable
{
    private readonly FdWatch _watch;

    public WatchedFd(EventLoop loop, IFdHandler handler) => _watch = new FdWatch(loop, handler);

    /// <summary>The descriptor's number, or -1.</summary>
    public int Fd { get; private set; } = -1;

    /// <summary>What it is watched for; a change costs a system call, the same value none. None before <see cref="Watch"/>.</summary>
    public Readiness Interest
    {
        get => _watch.IsWatching ? _watch.Interest : Readiness.None;
        set => _watch.Interest = value;
    }

    /// <summary>Begins to watch; the descriptor stays open when that fails.</summary>
    public Errno Watch(Readiness interest) => _watch.Restart(Fd, interest);

    /// <summary>Closes the descriptor, if there is one; events that were on their way do not arrive.</summary>
    public void Close()
    {
        if (Fd < 0)
            return;
        _watch.Abandon();
        _ = Libc.close(Fd);
        Fd = -1;
    }

    /// <summary>Hands the descriptor over to somebody who closes it later, and watches it no more.</summary>
    /// <returns>Null when there is none.</returns>
    public OwnedFd? Release()
    {
        if (Fd < 0)
            return null;
        _watch.Dispose();
        OwnedFd released = new(Fd);
        Fd = -1;
        return released;
    }

    public void Dispose() => Close();

    /// <summary>Takes over a descriptor in the statement that made it, or -1.</summary>
    internal void Adopt(int fd)
    {
        Close();
        Fd = fd;
    }
}
