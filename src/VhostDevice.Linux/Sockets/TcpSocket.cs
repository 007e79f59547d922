// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>TCP sockets that listen. Descriptors are close-on-exec and do not block.</summary>
public static unsafe class TcpSocket
{
    private const int LongestName = 28; // of struct sockaddr_in6

    /// <summary>Listens at an address of this host.</summary>
    /// <param name="address">IPv4 or IPv6, in its usual notation, without brackets.</param>
    /// <param name="port">0: any that is free.</param>
    /// <returns>EINVAL: it is no such address.</returns>
    public static Errno Listen(string address, ushort port, out OwnedFd? listener)
    {
        listener = null;
        byte* name = stackalloc byte[LongestName];
        new Span<byte>(name, LongestName).Clear();
        bool six = address.Contains(':', StringComparison.Ordinal);
        int family = six ? Libc.AF_INET6 : Libc.AF_INET;
        *(ushort*)name = (ushort)family;
        name[2] = (byte)(port >> 8);
        name[3] = (byte)port;
        if (Libc.inet_pton(family, address, name + (six ? 8 : 4)) != 1)
            return Errno.EINVAL;
        int n = Libc.socket(family, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0);
        if (n < 0)
            return Errno.Last;
        OwnedFd made = new(n);
        int one = 1;
        // A port whose last connection is still being forgotten can be had at once.
        _ = Libc.setsockopt(n, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, &one, sizeof(int));
        if (Libc.bind(n, name, six ? (uint)LongestName : 16) < 0 || Libc.listen(n, 16) < 0)
        {
            Errno errno = Errno.Last;
            made.Dispose();
            return errno;
        }

        listener = made;
        return Errno.Success;
    }

    /// <summary>The port that a socket has on this side; 0 when it has none.</summary>
    public static ushort LocalPort(int fd) =>
        UnixSocket.Name(fd, out byte[] name).IsSuccess && name.Length >= 2 ? (ushort)((name[0] << 8) | name[1]) : (ushort)0;

    /// <summary>Small packets leave at once (TCP_NODELAY): somebody types.</summary>
    public static void SetPrompt(int fd)
    {
        int one = 1;
        _ = Libc.setsockopt(fd, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, &one, sizeof(int));
    }
}
