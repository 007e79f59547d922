// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Linux;

/// <summary>UDP between two fixed addresses: a socket that does not block, and hears its peer alone.</summary>
public static unsafe class UdpSocket
{
    /// <summary>
    /// Opens a socket. Nothing is sent for that, and the peer may be absent: what is sent to it is lost then, and a later call
    /// may fail with ECONNREFUSED. EINVAL: the address is not one of IPv4 or IPv6 in numbers. EADDRINUSE: the local port is taken. ELOOP: the peer is
    /// this socket itself.
    /// </summary>
    /// <param name="address">Of the peer, in numbers.</param>
    /// <param name="localPort">Where to receive; 0: anywhere.</param>
    public static Errno Connect(string address, ushort port, ushort localPort, out OwnedFd? socket)
    {
        socket = null;
        SockAddrIp peer = new() { Port = Swapped(port) }, own = new() { Port = Swapped(localPort) };
        // The address of IPv4 begins where the flow of IPv6 stands.
        if (Libc.inet_pton(Libc.AF_INET, address, &peer.First) == 1)
            peer.Family = Libc.AF_INET;
        else if (Libc.inet_pton(Libc.AF_INET6, address, &peer.Second) == 1)
            peer.Family = Libc.AF_INET6;
        else
            return Errno.EINVAL;
        own.Family = peer.Family;
        uint length = peer.Family == Libc.AF_INET ? 16u : (uint)sizeof(SockAddrIp);
        int n = Libc.socket(peer.Family, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0);
        if (n < 0)
            return Errno.Last;
        OwnedFd owner = new(n);
        if (Libc.bind(n, &own, length) < 0 || Libc.connect(n, &peer, length) < 0)
        {
            Errno errno = Errno.Last;
            owner.Dispose();
            return errno;
        }

        SockAddrIp local = default;
        if (Libc.getsockname(n, (SockAddrUn*)&local, &length) == 0 && local.IsSame(peer))
        {
            owner.Dispose();
            return Errno.ELOOP;
        }

        socket = owner;
        return Errno.Success;
    }

    private static ushort Swapped(ushort port) => BinaryPrimitives.ReverseEndianness(port);
}
