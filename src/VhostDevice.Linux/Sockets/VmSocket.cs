// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>AF_VSOCK sockets of this machine: listening, connecting, accepting. All of them close-on-exec and non-blocking.</summary>
public static unsafe class VmSocket
{
    /// <summary>
    /// Bytes that a SEQPACKET socket holds: the kernel's default, 256 KiB, is less than programs may send before their peer
    /// reads, and Linux from 7.0 on has no more on its way than the sender's own buffer would hold.
    /// </summary>
    public const ulong MessageBufferSize = 2 << 20;

    private const uint VMADDR_CID_ANY = 0xFFFF_FFFF;

    /// <summary>Listens on a port, whatever CID it is asked for by. ESOCKTNOSUPPORT or EAFNOSUPPORT from a kernel without AF_VSOCK.</summary>
    public static Errno Listen(uint port, bool messages, out OwnedFd? listener)
    {
        listener = null;
        int n = Libc.socket(Libc.AF_VSOCK, Type(messages), 0);
        if (n < 0)
            return Errno.Last;
        OwnedFd owner = new(n);
        // Sockets that are accepted have the listener's.
        if (messages)
            RaiseBuffer(n);
        SockAddrVm address = new() { Family = Libc.AF_VSOCK, Port = port, Cid = VMADDR_CID_ANY };
        if (Libc.bind(n, &address, (uint)sizeof(SockAddrVm)) < 0 || Libc.listen(n, 128) < 0)
        {
            Errno errno = Errno.Last;
            owner.Dispose();
            return errno;
        }

        listener = owner;
        return Errno.Success;
    }

    /// <summary>Begins to connect. EINPROGRESS: the socket becomes writable when it is decided, see
    /// <see cref="StreamSocket.ConnectResult"/>; the target holds it then, too.</summary>
    public static Errno Connect(uint cid, uint port, bool messages, WatchedFd target)
    {
        target.Adopt(Libc.socket(Libc.AF_VSOCK, Type(messages), 0));
        if (target.Fd < 0)
            return Errno.Last;
        if (messages)
            RaiseBuffer(target.Fd);
        SockAddrVm address = new() { Family = Libc.AF_VSOCK, Port = port, Cid = cid };
        Errno errno = Libc.connect(target.Fd, &address, (uint)sizeof(SockAddrVm)) < 0 ? Errno.Last : Errno.Success;
        if (errno.IsError && errno != Errno.EINPROGRESS)
            target.Close();
        return errno;
    }

    /// <summary>Takes one waiting connection, and says from where it comes. EAGAIN when none waits.</summary>
    public static Errno Accept(int listener, WatchedFd target, out uint cid, out uint port)
    {
        SockAddrVm address = default;
        Errno errno;
        do
        {
            uint length = (uint)sizeof(SockAddrVm);
            target.Adopt(Libc.accept4(listener, &address, &length, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK));
            errno = target.Fd < 0 ? Errno.Last : Errno.Success;
        }
        while (errno == Errno.EINTR);
        (cid, port) = (address.Cid, address.Port);
        return errno;
    }

    /// <summary>What a socket holds of what its peer sends (SO_VM_SOCKETS_BUFFER_SIZE); 0 when the kernel does not say.</summary>
    internal static ulong BufferSize(int fd)
    {
        ulong size = 0;
        uint length = sizeof(ulong);
        return Libc.getsockopt(fd, Libc.AF_VSOCK, Libc.SO_VM_SOCKETS_BUFFER_SIZE, &size, &length) < 0 ? 0 : size;
    }

    // A kernel that refuses leaves the default, with which all but the largest messages work.
    private static void RaiseBuffer(int fd)
    {
        ulong size = MessageBufferSize;
        _ = Libc.setsockopt(fd, Libc.AF_VSOCK, Libc.SO_VM_SOCKETS_BUFFER_MAX_SIZE, &size, sizeof(ulong));
        _ = Libc.setsockopt(fd, Libc.AF_VSOCK, Libc.SO_VM_SOCKETS_BUFFER_SIZE, &size, sizeof(ulong));
    }

    private static int Type(bool messages) =>
        (messages ? Libc.SOCK_SEQPACKET : Libc.SOCK_STREAM) | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK;
}
