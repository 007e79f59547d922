// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Bench.Vsock;

/// <summary>A host program's end of a connection, or its listening socket: knows whether it is worth trying.</summary>
internal sealed class HostSocket : IFdHandler, IDisposable
{
    private readonly OwnedFd _fd;
    private readonly FdWatch _watch;

    internal HostSocket(EventLoop loop, OwnedFd fd)
    {
        _fd = fd;
        Errno errno = loop.Watch(fd.Fd, Readiness.Readable | Readiness.Writable | Readiness.EdgeTriggered, this, out FdWatch? watch);
        _watch = errno.IsError ? throw new BenchException($"epoll: {errno}") : watch!;
    }

    internal int Fd => _fd.Fd;

    internal bool MayRead { get; set; }

    internal bool MayWrite { get; set; }

    public void OnReady(Readiness readiness)
    {
        MayRead |= (readiness & ~Readiness.Writable) != 0;
        MayWrite |= (readiness & Readiness.Writable) != 0;
    }

    public void Dispose()
    {
        _watch.Dispose();
        _fd.Dispose();
    }
}
