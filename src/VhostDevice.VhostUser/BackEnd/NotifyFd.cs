// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>A call or err descriptor of the front-end. Signalling it never waits.</summary>
internal sealed unsafe class NotifyFd : IDisposable
{
    private readonly OwnedFd _fd;
    private readonly int _number;
    private readonly Way _way;

    private NotifyFd(OwnedFd fd, Way way)
    {
        _fd = fd;
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

    /// <summary>Takes ownership; false when nobody can be notified through this kind of file.</summary>
    internal static bool TryCreate(OwnedFd fd, out NotifyFd? notify, out string problem)
    {
        notify = null;
        problem = "";
        Errno errno = Files.Stat(fd.Fd, out FileFacts facts);
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
        notify = new NotifyFd(fd, way);
        return true;
    }

    /// <summary>Wakes the front-end. Failures are its own affair: a full counter is awake, a closed pipe is gone.</summary>
    /// <remarks>
    /// An eventfd that a front-end makes blocking after it has handed it over, and fills, makes its own loop wait: to
    /// look first would cost every interrupt of every other front-end a system call.
    /// </remarks>
    internal void Signal()
    {
        if (_way == Way.Write || (_way == Way.Poll && EventFd.CanSignal(_number)))
            _ = EventFd.Signal(_number);
        else if (_way == Way.NoWait)
            SignalStream();
    }

    public void Dispose() => _fd.Dispose();

    private void SignalStream()
    {
        ulong one = 1;
        _ = NoWaitIo.Write(_number, (byte*)&one, sizeof(ulong), out _);
    }
}
