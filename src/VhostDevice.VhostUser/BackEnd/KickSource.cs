// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The descriptor through which a driver's kicks arrive.</summary>
internal sealed unsafe class KickSource : IFdHandler, IDisposable
{
    private readonly OwnedFd _fd;
    private readonly Action _kicked;
    private readonly bool _mustRead;
    private FdWatch? _watch;

    private KickSource(OwnedFd fd, bool mustRead, Action kicked)
    {
        _fd = fd;
        _mustRead = mustRead;
        _kicked = kicked;
    }

    /// <summary>Takes ownership and starts to watch; false for a kind of file that cannot be waited for.</summary>
    internal static bool TryCreate(EventLoop loop, OwnedFd fd, Action kicked, out IDisposable? source, out string problem)
    {
        source = null;
        Errno errno = Files.StatNow(fd.Fd, out FileFacts facts);
        // Every write to an eventfd is an edge, so its counter need not be read: one system call less per kick.
        // Anything else would fill up.
        bool mustRead = facts.Kind != FileKind.Anonymous;
        // Terminals or /dev/zero are readable without end; a socket could be the front-end's own end of the connection.
        if (errno.IsSuccess && facts.Kind is not (FileKind.Anonymous or FileKind.Fifo))
            errno = Errno.EINVAL;
        if (errno.IsSuccess && mustRead)
            errno = Files.SetNonBlocking(fd.Fd);
        if (mustRead)
            SharedCallWatch.Start();
        KickSource made = new(fd, mustRead, kicked);
        if (errno.IsSuccess)
            errno = loop.Watch(fd.Fd, Readiness.Readable | (mustRead ? Readiness.None : Readiness.EdgeTriggered), made, out made._watch);
        if (errno.IsError)
        {
            fd.Dispose();
            problem = $"a {facts.Kind} descriptor cannot be waited for ({errno}), an eventfd was expected";
            return false;
        }

        source = made;
        problem = "";
        return true;
    }

    public void OnReady(Readiness readiness)
    {
        if (_mustRead && !Drain())
        {
            _watch?.Dispose();
            return;
        }

        _kicked();
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _fd.Dispose();
    }

    // False at the end of the stream: without a reader's pause it would be readable for ever.
    private bool Drain()
    {
        byte* buffer = stackalloc byte[256];
        nint n = NoWaitIo.Read(_fd.Fd, buffer, 256, out Errno errno);
        return n > 0 || errno == Errno.EAGAIN;
    }
}
