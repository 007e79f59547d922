// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Linux;

/// <summary>Unix stream sockets: listening, connecting, accepting. All descriptors are close-on-exec.</summary>
public static unsafe class UnixSocket
{
    /// <summary>The longest path that fits <c>sockaddr_un</c>, in UTF-8 bytes.</summary>
    public const int MaxPathBytes = SockAddrUn.PathCapacity - 1;

    /// <summary>Binds a new non-blocking socket to <paramref name="path"/> and listens. EADDRINUSE when the path exists,
    /// ENAMETOOLONG beyond <see cref="MaxPathBytes"/>, EINVAL when it is empty or holds a NUL.</summary>
    public static Errno Listen(string path, out OwnedFd? listener) => Listen(path, null, out listener);

    /// <inheritdoc cref="Listen(string, out OwnedFd?)"/>
    /// <param name="access">Set before anybody can connect. EPERM when the process may not; the path is removed then.</param>
    public static Errno Listen(string path, SocketAccess? access, out OwnedFd? listener)
    {
        listener = null;
        Errno errno = MakeAddress(path, out SockAddrUn address);
        if (errno.IsError)
            return errno;
        int n = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0);
        if (n < 0)
            return Errno.Last;
        OwnedFd owner = new(n);
        if (Libc.bind(n, &address, (uint)sizeof(SockAddrUn)) < 0)
        {
            errno = Errno.Last;
            owner.Dispose();
            return errno;
        }

        errno = access is null ? Errno.Success : Allow(path, access);
        if (errno.IsSuccess && Libc.listen(n, 128) < 0)
            errno = Errno.Last;
        if (errno.IsError)
        {
            _ = Files.Unlink(path);
            owner.Dispose();
            return errno;
        }

        listener = owner;
        return Errno.Success;
    }

    /// <summary>Connects a blocking socket; waits while the listener's backlog is full.</summary>
    public static Errno Connect(string path, out OwnedFd? connection) => Connect(path, nonBlocking: false, out connection);

    /// <summary>Connects a socket.</summary>
    /// <param name="nonBlocking">It does not wait, now or later: EAGAIN when the listener's backlog is full.</param>
    public static Errno Connect(string path, bool nonBlocking, out OwnedFd? connection)
    {
        connection = null;
        Errno errno = MakeAddress(path, out SockAddrUn address);
        if (errno.IsError)
            return errno;
        int n = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | (nonBlocking ? Libc.SOCK_NONBLOCK : 0), 0);
        if (n < 0)
            return Errno.Last;
        OwnedFd owner = new(n);
        do
        {
            errno = Libc.connect(n, &address, (uint)sizeof(SockAddrUn)) < 0 ? Errno.Last : Errno.Success;
        }
        while (errno == Errno.EINTR);
        if (errno.IsError)
        {
            owner.Dispose();
            return errno;
        }

        connection = owner;
        return Errno.Success;
    }

    /// <summary>Takes one waiting connection, as a non-blocking socket. EAGAIN when none waits.</summary>
    public static Errno Accept(int listener, out OwnedFd? connection)
    {
        while (true)
        {
            int n = Libc.accept4(listener, null, null, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK);
            Errno errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno == Errno.EINTR)
                continue;
            connection = n < 0 ? null : new OwnedFd(n);
            return errno;
        }
    }

    /// <summary>Two connected stream sockets; blocking.</summary>
    public static Errno CreatePair(out OwnedFd? first, out OwnedFd? second)
    {
        int* fds = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, fds) < 0)
        {
            Errno errno = Errno.Last;
            first = second = null;
            return errno;
        }

        first = new OwnedFd(fds[0]);
        second = new OwnedFd(fds[1]);
        return Errno.Success;
    }

    /// <summary>What an inherited descriptor is: a Unix stream socket that listens, one that is connected, or neither.</summary>
    public static Errno Inspect(int fd, out bool isUnixStream, out bool isListening)
    {
        isUnixStream = isListening = false;
        Errno errno = Option(fd, Libc.SO_DOMAIN, out int domain);
        if (errno.IsError || (errno = Option(fd, Libc.SO_TYPE, out int type)).IsError)
            return errno;
        errno = Option(fd, Libc.SO_ACCEPTCONN, out int listening);
        isUnixStream = domain == Libc.AF_UNIX && type == Libc.SOCK_STREAM;
        isListening = listening != 0;
        return errno;
    }

    /// <summary>The path that a socket is bound to; null when it has none, or one in the abstract namespace.</summary>
    public static string? PathOf(int fd)
    {
        if (Name(fd, out byte[] name).IsError || name.Length == 0 || name[0] == 0)
            return null;
        int end = Array.IndexOf(name, (byte)0);
        return Encoding.UTF8.GetString(name, 0, end < 0 ? name.Length : end);
    }

    /// <summary>A datagram socket connected to a Unix socket by name; a leading '@' names one in the abstract namespace.</summary>
    public static Errno ConnectDatagram(string address, out OwnedFd? connection)
    {
        connection = null;
        Errno errno = MakeAddress(address, out SockAddrUn name);
        if (errno.IsError)
            return errno;
        int n = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        if (n < 0)
            return Errno.Last;
        OwnedFd owner = new(n);
        uint length = (uint)(sizeof(ushort) + Encoding.UTF8.GetByteCount(address));
        if (address[0] == '@')
            name.Path[0] = 0;
        else
            length++;
        if (Libc.connect(n, &name, length) < 0)
        {
            errno = Errno.Last;
            owner.Dispose();
            return errno;
        }

        connection = owner;
        return Errno.Success;
    }

    /// <summary>The name that a socket is bound to, as the kernel has it; empty when there is none.</summary>
    public static Errno Name(int fd, out byte[] name)
    {
        SockAddrUn address;
        uint length = (uint)sizeof(SockAddrUn);
        Errno errno = Libc.getsockname(fd, &address, &length) < 0 ? Errno.Last : Errno.Success;
        name = errno.IsSuccess ? NameIn(&address, length) : [];
        return errno;
    }

    /// <summary>The name of what a socket is connected to: of a connection, the listener's. ENOTCONN when it is not.</summary>
    public static Errno PeerName(int fd, out byte[] name)
    {
        SockAddrUn address;
        uint length = (uint)sizeof(SockAddrUn);
        Errno errno = Libc.getpeername(fd, &address, &length) < 0 ? Errno.Last : Errno.Success;
        name = errno.IsSuccess ? NameIn(&address, length) : [];
        return errno;
    }

    // The kernel may tell of one byte more than there is room for: the NUL of the longest path.
    private static byte[] NameIn(SockAddrUn* address, uint length) => length <= sizeof(ushort)
        ? []
        : new ReadOnlySpan<byte>(address->Path, (int)Math.Min(length - sizeof(ushort), SockAddrUn.PathCapacity)).ToArray();

    private static Errno Allow(string path, SocketAccess access)
    {
        // -1 leaves the owner as he is (chown(2)).
        if (access.Group is { } group && Libc.fchownat(Libc.AT_FDCWD, path, uint.MaxValue, group, 0) < 0)
            return Errno.Last;
        return access.Mode is { } mode && Libc.fchmodat(Libc.AT_FDCWD, path, mode, 0) < 0 ? Errno.Last : Errno.Success;
    }

    private static Errno Option(int fd, int name, out int value)
    {
        int v = 0;
        uint length = sizeof(int);
        Errno errno = Libc.getsockopt(fd, Libc.SOL_SOCKET, name, &v, &length) < 0 ? Errno.Last : Errno.Success;
        value = v;
        return errno;
    }

    private static Errno MakeAddress(string path, out SockAddrUn address)
    {
        address = new SockAddrUn { Family = Libc.AF_UNIX };
        // The kernel would take a NUL for the end of the path, or at its start for the abstract namespace.
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            return Errno.EINVAL;
        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            return Errno.ENAMETOOLONG;
        fixed (byte* p = address.Path)
            Encoding.UTF8.GetBytes(path, new Span<byte>(p, MaxPathBytes));
        return Errno.Success;
    }
}
