// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Text;
using System.Text;

namespace VhostDevice.Linux;

/// <summary>A family of Unix socket paths, PREFIX and a number, to which sockets are connected without making strings. One at a time.</summary>
public sealed unsafe class UnixAddress
{
    /// <summary>The digits of the largest number.</summary>
    private const int MaxDigits = 10;

    private readonly int _length;
    private SockAddrUn _address;

    private UnixAddress(string prefix)
    {
        _address.Family = Libc.AF_UNIX;
        fixed (byte* p = _address.Path)
            _length = Encoding.UTF8.GetBytes(prefix, new Span<byte>(p, UnixSocket.MaxPathBytes));
    }

    /// <summary>ENAMETOOLONG when the prefix leaves no room for 10 digits, EINVAL when it is empty or holds a NUL.</summary>
    public static Errno Create(string prefix, out UnixAddress? address)
    {
        address = null;
        if (prefix.Length == 0 || prefix.Contains('\0', StringComparison.Ordinal))
            return Errno.EINVAL;
        if (Encoding.UTF8.GetByteCount(prefix) > UnixSocket.MaxPathBytes - MaxDigits)
            return Errno.ENAMETOOLONG;
        address = new UnixAddress(prefix);
        return Errno.Success;
    }

    /// <summary>Connects a non-blocking socket to PREFIX and the number, in decimal. EAGAIN: the listener's backlog is full.</summary>
    /// <param name="messages">SOCK_SEQPACKET instead of SOCK_STREAM; SOCK_DGRAM, where that is what waits there.</param>
    /// <param name="target">Holds the socket, or nothing when this fails.</param>
    public Errno Connect(uint number, bool messages, WatchedFd target)
    {
        if (!messages)
            return Connect(number, Libc.SOCK_STREAM, target);
        Errno errno = Connect(number, Libc.SOCK_SEQPACKET, target);
        return errno == Errno.EPROTOTYPE ? Connect(number, Libc.SOCK_DGRAM, target) : errno;
    }

    private Errno Connect(uint number, int type, WatchedFd target)
    {
        target.Adopt(Libc.socket(Libc.AF_UNIX, type | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0));
        if (target.Fd < 0)
            return Errno.Last;
        Errno errno;
        fixed (SockAddrUn* address = &_address)
        {
            _ = Utf8Formatter.TryFormat(number, new Span<byte>(address->Path + _length, MaxDigits), out int count);
            address->Path[_length + count] = 0;
            uint length = (uint)(address->Path - (byte*)address) + (uint)(_length + count) + 1;
            do
            {
                errno = Libc.connect(target.Fd, address, length) < 0 ? Errno.Last : Errno.Success;
            }
            while (errno == Errno.EINTR);
        }

        if (errno.IsError)
            target.Close();
        return errno;
    }
}
