// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Linux;

/// <summary>
/// Raw sockets on CAN interfaces (PF_CAN, CAN_RAW), which do not block. One sends and receives; what it sends does not
/// come back to it, but to all others on the interface.
/// </summary>
public static unsafe class CanSocket
{
    /// <summary>
    /// Opens a socket that sends, and receives nothing before <see cref="SetReceiving"/>. The interface may be down. ENODEV:
    /// there is none of that name, or it is no CAN interface. EAFNOSUPPORT: a kernel without CAN.
    /// </summary>
    /// <param name="takesFd">Whether the interface takes FD frames, which its MTU says.</param>
    public static Errno Open(string interfaceName, out OwnedFd? socket, out bool takesFd)
    {
        socket = null;
        takesFd = false;
        int n = Libc.socket(Libc.AF_CAN, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, CanConstants.CAN_RAW);
        if (n < 0)
            return Errno.Last;
        OwnedFd owner = new(n);
        int mtu = 0;
        Errno errno = SetReceiving(n, on: false);
        if (errno.IsSuccess)
            errno = Bind(n, interfaceName);
        if (errno.IsSuccess)
            errno = Ask(n, CanConstants.SIOCGIFMTU, interfaceName, out mtu);
        takesFd = mtu >= CanConstants.CANFD_MTU;
        if (errno.IsSuccess && takesFd)
            errno = SetOption(n, CanConstants.CAN_RAW_FD_FRAMES, 1);
        if (errno.IsSuccess)
            errno = SetOption(n, CanConstants.CAN_RAW_ERR_FILTER, CanConstants.CAN_ERR_BUSOFF | CanConstants.CAN_ERR_RESTARTED);
        if (errno.IsError)
        {
            owner.Dispose();
            return errno;
        }

        socket = owner;
        return Errno.Success;
    }

    /// <summary>Binds the socket anew, to an interface that has vanished and come again under its name.</summary>
    public static Errno Bind(int fd, string interfaceName)
    {
        Errno errno = Ask(fd, CanConstants.SIOCGIFINDEX, interfaceName, out int index);
        if (errno.IsError)
            return errno;
        SockAddrCan address = new() { Family = Libc.AF_CAN, InterfaceIndex = index };
        return Result(Libc.bind(fd, &address, (uint)sizeof(SockAddrCan)));
    }

    /// <summary>Receives frames from now on, or none; what has arrived by then stays.</summary>
    /// <param name="filters">Those that any of them lets pass; none: all.</param>
    public static Errno SetReceiving(int fd, bool on, ReadOnlySpan<CanFilter> filters = default)
    {
        CanFilter all = default;
        fixed (CanFilter* some = filters)
        {
            uint size = (uint)(on ? sizeof(CanFilter) * Math.Max(filters.Length, 1) : 0);
            return Result(Libc.setsockopt(fd, CanConstants.SOL_CAN_RAW, CanConstants.CAN_RAW_FILTER, some is null ? &all : some, size));
        }
    }

    /// <summary>
    /// Has the socket's own frames come back to it, too, once they were on the bus and if its filters let them pass: see
    /// <see cref="Read(int, out CanFrame, out bool)"/>.
    /// </summary>
    public static Errno SetReceivingOwn(int fd, bool on) => SetOption(fd, CanConstants.CAN_RAW_RECV_OWN_MSGS, on ? 1u : 0);

    /// <summary>
    /// Reads a frame. EAGAIN: there is none. ENETDOWN: the interface went down, which is said once; the socket can still be
    /// used. ENODEV: the interface has vanished, and <see cref="Bind"/> is needed when it is there again.
    /// </summary>
    public static Errno Read(int fd, out CanFrame frame)
    {
        frame = default;
        fixed (CanFrame* target = &frame)
        {
            nint n;
            do
                n = Libc.read(fd, target, (nuint)sizeof(CanFrame));
            while (n < 0 && Errno.Last == Errno.EINTR);
            if (n < 0)
                return Errno.Last;
            target->SetFd(n == CanConstants.CANFD_MTU);
            return Errno.Success;
        }
    }

    /// <summary>As <see cref="Read(int, out CanFrame)"/>, of a socket whose own frames come back to it.</summary>
    /// <param name="isOwn">The frame was sent by this socket.</param>
    public static Errno Read(int fd, out CanFrame frame, out bool isOwn)
    {
        frame = default;
        isOwn = false;
        fixed (CanFrame* target = &frame)
        {
            IoVec piece = new((byte*)target, (nuint)sizeof(CanFrame));
            MsgHdr message = new() { Vectors = &piece, VectorCount = 1 };
            nint n;
            do
                n = Libc.recvmsg(fd, &message, 0);
            while (n < 0 && Errno.Last == Errno.EINTR);
            if (n < 0)
                return Errno.Last;
            target->SetFd(n == CanConstants.CANFD_MTU);
            isOwn = (message.Flags & Libc.MSG_CONFIRM) != 0;
            return Errno.Success;
        }
    }

    /// <summary>
    /// Sends a frame. ENOBUFS, EAGAIN: the interface's queue is full, and nothing tells when there is room. ENETDOWN: the
    /// interface is down. EINVAL: it takes no FD frames.
    /// </summary>
    public static Errno Write(int fd, in CanFrame frame)
    {
        nuint size = (nuint)(frame.IsFd ? CanConstants.CANFD_MTU : CanConstants.CAN_MTU);
        fixed (CanFrame* source = &frame)
        {
            nint n;
            do
                n = Libc.write(fd, source, size);
            while (n < 0 && Errno.Last == Errno.EINTR);
            return n < 0 ? Errno.Last : Errno.Success;
        }
    }

    private static Errno Ask(int fd, uint request, string interfaceName, out int value)
    {
        value = 0;
        IfReq asked = default;
        // One byte ends the name.
        if (Encoding.UTF8.GetByteCount(interfaceName) >= CanConstants.IFNAMSIZ)
            return Errno.ENODEV;
        Encoding.UTF8.GetBytes(interfaceName, asked.Name);
        Errno errno = Result(Libc.ioctl(fd, request, &asked));
        value = asked.Value;
        return errno;
    }

    private static Errno SetOption(int fd, int option, uint value) =>
        Result(Libc.setsockopt(fd, CanConstants.SOL_CAN_RAW, option, &value, sizeof(uint)));

    private static Errno Result(int value) => value < 0 ? Errno.Last : Errno.Success;
}
