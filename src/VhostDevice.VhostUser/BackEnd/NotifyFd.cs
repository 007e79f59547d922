// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>A call or err descriptor of the front-end. Signalling it never waits.</summary>
internal sealed unsafe class NotifyFd : IDisposable
{
    private readonly OwnedFd _fd;
    private readonly int _number;
    private readonly Way _way;
    private readonly NotifyFds _all;
    private UnwantedInput? _input;

    private NotifyFd(OwnedFd fd, Way way, NotifyFds all)
    {
        _fd = fd;
        _all = all;
        _number = fd.Fd;
        _way = way;
    }

    private enum Way
    {
        Write,

        /// <summary>An eventfd that blocks. Its flags are the front-end's, which may rely on reads that wait.</summary>
        Poll,

        /// <summary>A pipe or socket, whose flags the front-end can change at any time.</summary>
        NoWait,
    }

    /// <summary>
    /// Takes ownership; false when nobody can be notified through this kind of file. User Mode Linux hands over sockets where
    /// notifications are not in-band. One that is the front-end's own end of a connection to this daemon is none: that end
    /// would never come while this side holds it (unix(7)).
    /// </summary>
    /// <param name="loop">The session's; what comes in on a socket is read there.</param>
    internal static bool TryCreate(EventLoop loop, OwnedFd fd, NotifyFds all, out NotifyFd? notify, out string problem)
    {
        notify = null;
        problem = "";
        Errno errno = Files.StatNow(fd.Fd, out FileFacts facts);
        bool isSocket = errno.IsSuccess && facts.Kind == FileKind.Socket;
        if (isSocket && !BackEndChannel.IsChannel(fd.Fd, out _, out problem))
        {
            fd.Dispose();
            return false;
        }

        if (errno.IsError || facts.Kind is not (FileKind.Anonymous or FileKind.Fifo or FileKind.Socket))
        {
            problem = $"a {(errno.IsError ? "broken" : facts.Kind)} descriptor cannot be signalled, an eventfd was expected";
            fd.Dispose();
            return false;
        }

        Way way = facts.Kind != FileKind.Anonymous ? Way.NoWait : Files.IsNonBlocking(fd.Fd) ? Way.Write : Way.Poll;
        // Where the kernel does not know how to write without waiting.
        if (way == Way.NoWait)
            _ = Files.SetNonBlocking(fd.Fd);
        SharedCallWatch.Start();
        notify = new NotifyFd(fd, way, all);
        if (isSocket)
            errno = UnwantedInput.Begin(loop, fd.Fd, out notify._input);
        if (errno.IsSuccess)
            return true;
        problem = $"the socket cannot be watched: {errno}";
        notify.Dispose();
        notify = null;
        return false;
    }

    /// <summary>Wakes the front-end. Failures are its own affair: a full counter is awake, a closed pipe is gone.</summary>
    /// <remarks>
    /// An eventfd can be made blocking after it was handed over, or filled between the look and the write: then the write
    /// waits until it is interrupted, and that was this front-end's last notification. A look before each write would cost
    /// every interrupt of every other front-end a system call.
    /// </remarks>
    internal void Signal()
    {
        if (_all.IsShut)
            return;
        if (_way == Way.NoWait)
            SignalStream();
        else if ((_way == Way.Write || EventFd.CanSignal(_number)) && EventFd.SignalShared(_number) == Errno.EINTR)
            _all.Shut();
    }

    public void Dispose()
    {
        _input?.Dispose();
        _fd.Dispose();
    }

    private void SignalStream()
    {
        ulong one = 1;
        _ = NoWaitIo.Write(_number, (byte*)&one, sizeof(ulong), out _);
    }
}
