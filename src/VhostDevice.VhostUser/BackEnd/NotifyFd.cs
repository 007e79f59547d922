// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>A call or err descriptor of the front-end. Signalling it never waits.</summary>
internal sealed class NotifyFd : IDisposable
{
    private readonly OwnedFd _fd;
    private readonly int _number;
    private readonly bool _mayBlock;

    private NotifyFd(OwnedFd fd, bool mayBlock)
    {
        _fd = fd;
        _number = fd.Fd;
        _mayBlock = mayBlock;
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

        // The writing end of a pipe or socket is ours alone to set. An eventfd's flags are shared with the front-end,
        // which may rely on reads that wait, so there the counter is looked at first.
        bool mayBlock = !Files.IsNonBlocking(fd.Fd);
        if (mayBlock && facts.Kind != FileKind.Anonymous && Files.SetNonBlocking(fd.Fd).IsSuccess)
            mayBlock = false;
        notify = new NotifyFd(fd, mayBlock);
        return true;
    }

    /// <summary>Wakes the front-end. Failures are its own affair: a full counter is awake, a closed pipe is gone.</summary>
    internal void Signal()
    {
        if (!_mayBlock || EventFd.CanSignal(_number))
            _ = EventFd.Signal(_number);
    }

    public void Dispose() => _fd.Dispose();
}
