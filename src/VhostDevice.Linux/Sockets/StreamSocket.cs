// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;

namespace VhostDevice.Linux;

/// <summary>Connected sockets of any family, non-blocking, in a <see cref="WatchedFd"/>: what does not depend on the family.</summary>
public static unsafe class StreamSocket
{
    /// <summary>Most bytes that <see cref="DiscardInput"/> reads: many times what a send buffer holds.</summary>
    private const long MaxDiscarded = 64 << 20;

    /// <summary>Bytes of one read of those.</summary>
    private const int DiscardBytes = 16 * 1024;

    /// <summary>Takes one waiting connection of a listening socket. EAGAIN when none waits; the target is empty then.</summary>
    public static Errno Accept(int listener, WatchedFd target)
    {
        while (true)
        {
            target.Adopt(Libc.accept4(listener, null, null, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK));
            Errno errno = target.Fd < 0 ? Errno.Last : Errno.Success;
            if (errno != Errno.EINTR)
                return errno;
        }
    }

    /// <summary>Ends one or both directions.</summary>
    /// <param name="reading">Nothing is received any more.</param>
    /// <param name="writing">The peer reads the end once it has read the rest.</param>
    public static Errno Shutdown(int fd, bool reading, bool writing)
    {
        // SHUT_RD, SHUT_WR, SHUT_RDWR
        int how = reading ? writing ? 2 : 0 : 1;
        return (reading || writing) && Libc.shutdown(fd, how) < 0 ? Errno.Last : Errno.Success;
    }

    /// <summary>What became of a connect that was EINPROGRESS, once the socket is writable.</summary>
    public static Errno ConnectResult(int fd)
    {
        int value = 0;
        uint length = sizeof(int);
        return Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_ERROR, &value, &length) < 0 ? Errno.Last : new Errno(value);
    }

    /// <summary>Sends one message of a SOCK_SEQPACKET socket, all of it or nothing.</summary>
    /// <param name="endOfRecord">MSG_EOR, where the family carries it.</param>
    /// <returns>Bytes sent, or -1: EAGAIN when there is no room, EMSGSIZE when there never is.</returns>
    public static nint SendMessage(int fd, ReadOnlySpan<IoVec> pieces, bool endOfRecord, out Errno errno)
    {
        fixed (IoVec* p = pieces)
        {
            MsgHdr message = new() { Vectors = p, VectorCount = (nuint)pieces.Length };
            while (true)
            {
                nint n = Libc.sendmsg(fd, &message, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT | (endOfRecord ? Libc.MSG_EOR : 0));
                errno = n < 0 ? Errno.Last : Errno.Success;
                if (errno != Errno.EINTR)
                    return n;
            }
        }
    }

    /// <summary>Like <see cref="SendMessage"/>, and waits until there is room for all of it, whatever the socket's flags say.</summary>
    /// <remarks>AF_VSOCK needs that: a message that does not fit at once is sent in part, and nobody is told how much of it was.</remarks>
    public static nint SendMessageWaiting(int fd, ReadOnlySpan<byte> bytes, bool endOfRecord, out Errno errno)
    {
        fixed (byte* p = bytes)
        {
            IoVec piece = new(p, (nuint)bytes.Length);
            MsgHdr message = new() { Vectors = &piece, VectorCount = 1 };
            nint n = Libc.sendmsg(fd, &message, Libc.MSG_NOSIGNAL | (endOfRecord ? Libc.MSG_EOR : 0));
            errno = n < 0 ? Errno.Last : Errno.Success;
            return n;
        }
    }

    /// <summary>
    /// Whether the peer of an AF_VSOCK socket, which sends nothing more, has also stopped to receive. Such sockets do not
    /// tell; sending nothing does.
    /// </summary>
    public static bool PeerReceivesNothing(int fd)
    {
        MsgHdr nothing = default;
        return Libc.sendmsg(fd, &nothing, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT) < 0 && Errno.Last != Errno.EAGAIN;
    }

    /// <summary>
    /// Reads away what the peer has sent and nobody will read, so that it finds the end when the socket is closed. Closing
    /// a Unix socket with unread input makes its peer read ECONNRESET instead (unix(7)).
    /// </summary>
    public static void DiscardInput(int fd)
    {
        // Most often there is nothing, so the first look is a small one, with the call that takes two thirds of recvmsg's time.
        long first;
        nint n;
        do
        {
            n = Libc.recv(fd, &first, sizeof(long), Libc.MSG_DONTWAIT);
        }
        while (n < 0 && Errno.Last == Errno.EINTR);
        if (n > 0)
            DiscardRest(fd);
    }

    [SkipLocalsInit]
    private static void DiscardRest(int fd)
    {
        byte* bytes = stackalloc byte[DiscardBytes];
        IoVec target = new(bytes, DiscardBytes);
        MsgHdr message = new() { Vectors = &target, VectorCount = 1 };
        // What is there is bounded by the peer's send buffer once it cannot send more.
        _ = Shutdown(fd, reading: true, writing: false);
        for (long left = MaxDiscarded; left > 0; left -= DiscardBytes)
        {
            if (Receive(fd, &message, 0, out _) <= 0)
                return;
        }
    }

    /// <summary>Whether a socket sends datagrams: messages, to somebody who cannot answer on it.</summary>
    public static bool IsDatagram(int fd)
    {
        int type = 0;
        uint length = sizeof(int);
        return Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_TYPE, &type, &length) == 0 && type == Libc.SOCK_DGRAM;
    }

    /// <summary>Asks for a larger send buffer, and so for longer messages of a Unix socket; the kernel gives at most
    /// twice /proc/sys/net/core/wmem_max.</summary>
    public static Errno RaiseSendBuffer(int fd, int bytes) =>
        Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_SNDBUF, &bytes, sizeof(int)) < 0 ? Errno.Last : Errno.Success;

    /// <summary>The length of the next message of a SOCK_SEQPACKET socket, which stays there. 0: an empty one, or the end.</summary>
    public static nint NextMessageLength(int fd, out Errno errno)
    {
        // AF_VSOCK answers a read of no bytes without a look at what there is.
        byte first;
        IoVec piece = new(&first, 1);
        MsgHdr message = new() { Vectors = &piece, VectorCount = 1 };
        return Receive(fd, &message, Libc.MSG_PEEK | Libc.MSG_TRUNC, out errno);
    }

    /// <summary>Receives one message of a SOCK_SEQPACKET socket; what does not fit is lost.</summary>
    public static nint ReceiveMessage(int fd, Span<byte> target, out bool endOfRecord, out Errno errno)
    {
        fixed (byte* p = target)
        {
            IoVec piece = new(p, (nuint)target.Length);
            MsgHdr message = new() { Vectors = &piece, VectorCount = 1 };
            nint n = Receive(fd, &message, 0, out errno);
            endOfRecord = (message.Flags & Libc.MSG_EOR) != 0;
            return n;
        }
    }

    private static nint Receive(int fd, MsgHdr* message, int flags, out Errno errno)
    {
        while (true)
        {
            nint n = Libc.recvmsg(fd, message, Libc.MSG_DONTWAIT | flags);
            errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno != Errno.EINTR)
                return n;
        }
    }
}
