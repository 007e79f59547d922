// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>What a descriptor is watched for and what it reports (<c>EPOLLIN</c> and so on).</summary>
[Flags]
public enum Readiness : uint
{
    None = 0,
    Readable = 0x1,
    Writable = 0x4,
    Error = 0x8,
    HangUp = 0x10,
    PeerClosed = 0x2000,

    /// <summary>Report each arrival once instead of as long as it lasts (EPOLLET).</summary>
    EdgeTriggered = 1u << 31,
}

/// <summary>An epoll instance. The kernel's event layout differs by architecture; only this file knows.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int Capacity = 64;
    private static readonly bool s_packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private readonly OwnedFd _fd;
    private readonly byte* _events;

    private Epoll(OwnedFd fd)
    {
        _fd = fd;
        _events = (byte*)NativeMemory.Alloc(Capacity, (nuint)sizeof(EpollEventAligned));
    }

    internal static Errno Create(out Epoll? epoll)
    {
        int n = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        Errno errno = n < 0 ? Errno.Last : Errno.Success;
        epoll = n < 0 ? null : new Epoll(new OwnedFd(n));
        return errno;
    }

    internal Errno Add(int fd, Readiness interest, ulong data) => Control(Libc.EPOLL_CTL_ADD, fd, interest, data);

    internal Errno Modify(int fd, Readiness interest, ulong data) => Control(Libc.EPOLL_CTL_MOD, fd, interest, data);

    internal Errno Remove(int fd) => Control(Libc.EPOLL_CTL_DEL, fd, Readiness.None, 0);

    /// <summary>Waits and returns the number of events, -1 on error. A signal counts as no event.</summary>
    internal int Wait(int timeoutMilliseconds, out Errno errno)
    {
        int n = Libc.epoll_wait(_fd.Fd, _events, Capacity, timeoutMilliseconds);
        errno = n < 0 ? Errno.Last : Errno.Success;
        if (errno != Errno.EINTR)
            return n;
        errno = Errno.Success;
        return 0;
    }

    internal ulong Event(int index, out Readiness readiness)
    {
        if (s_packed)
        {
            EpollEventPacked* e = (EpollEventPacked*)_events + index;
            readiness = (Readiness)e->Events;
            return e->Data;
        }
        else
        {
            EpollEventAligned* e = (EpollEventAligned*)_events + index;
            readiness = (Readiness)e->Events;
            return e->Data;
        }
    }

    public void Dispose()
    {
        _fd.Dispose();
        NativeMemory.Free(_events);
    }

    private Errno Control(int operation, int fd, Readiness interest, ulong data)
    {
        int result;
        if (s_packed)
        {
            EpollEventPacked e = new() { Events = (uint)interest, Data = data };
            result = Libc.epoll_ctl(_fd.Fd, operation, fd, &e);
        }
        else
        {
            EpollEventAligned e = new() { Events = (uint)interest, Data = data };
            result = Libc.epoll_ctl(_fd.Fd, operation, fd, &e);
        }

        return result < 0 ? Errno.Last : Errno.Success;
    }
}
