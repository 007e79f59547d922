// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>How one attempt to receive a message ended.</summary>
internal enum ReceiveOutcome
{
    Message,
    TimedOut,
    Closed,
    FdsTruncated,
    TooLong,
    Failed,
}

/// <summary>Whole messages over one non-blocking stream socket, each step with a deadline. Allocates only when it grows.</summary>
internal sealed class MessageSocket : IDisposable
{
    /// <summary>A longer payload is no vhost-user message: the longest, GET_SHMEM_CONFIG's answer, has 2056 bytes.</summary>
    internal const int MaxPayload = 65536;

    private readonly OwnedFd _socket;
    private readonly List<OwnedFd> _fds = [];
    private byte[] _payload = new byte[256];

    internal MessageSocket(OwnedFd socket)
    {
        _socket = socket;
        FrontEndException.ThrowIfError(Files.SetNonBlocking(socket.Fd), "vhost-user socket");
    }

    /// <summary>Waits for incoming bytes, false when the time is over. Replaced when more than one descriptor matters.</summary>
    internal Func<int, bool>? WaitReadable { get; set; }

    internal int Fd => _socket.Fd;

    /// <summary>The header of the message received last.</summary>
    internal MessageHeader Header { get; private set; }

    /// <summary>Its payload, valid until the next receive.</summary>
    internal ReadOnlySpan<byte> Payload => _payload.AsSpan(0, (int)Header.PayloadSize);

    internal int FdCount => _fds.Count;

    /// <summary>The received message on its own, with its descriptors.</summary>
    internal ReceivedMessage Detach()
    {
        ReceivedMessage message = new(Header, Payload.ToArray(), [.. _fds]);
        _fds.Clear();
        return message;
    }

    /// <summary>Takes descriptors back that <see cref="Detach"/> gave away, for another look at the same message.</summary>
    internal void Attach(ReceivedMessage message)
    {
        while (message.TakeFd() is { } fd)
            _fds.Add(fd);
    }

    /// <summary>Closes the descriptors of the message received last.</summary>
    internal void DropFds()
    {
        foreach (OwnedFd fd in _fds)
            fd.Dispose();
        _fds.Clear();
    }

    internal Errno Send(MessageHeader header, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds, Deadline deadline)
    {
        // One sendmsg for the whole message: descriptors travel with its first byte, and the peer wakes once.
        int length = MessageHeader.Size + payload.Length;
        byte[]? rented = length > 512 ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> bytes = rented is null ? stackalloc byte[512] : rented;
        MemoryMarshal.Write(bytes, in header);
        payload.CopyTo(bytes[MessageHeader.Size..]);
        Errno errno = SendBytes(bytes[..length], fds, deadline);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return errno;
    }

    internal Errno SendBytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> fds, Deadline deadline)
    {
        while (bytes.Length > 0)
        {
            nint n = FdMessage.Send(_socket.Fd, bytes, fds, out Errno errno);
            if (n >= 0)
            {
                bytes = bytes[(int)n..];
                fds = default;
            }
            else if (errno != Errno.EAGAIN)
            {
                return errno;
            }
            else if (!WaitWritable(_socket.Fd, deadline))
            {
                return Errno.ETIMEDOUT;
            }
        }

        return Errno.Success;
    }

    /// <summary>Receives one message into <see cref="Header"/> and <see cref="Payload"/>.</summary>
    internal ReceiveOutcome Receive(Deadline deadline, out Errno errno)
    {
        DropFds();
        Header = default;
        Span<byte> head = stackalloc byte[MessageHeader.Size];
        ReceiveOutcome outcome = Fill(head, deadline, out errno);
        if (outcome != ReceiveOutcome.Message)
            return outcome;

        MessageHeader header = MemoryMarshal.Read<MessageHeader>(head);
        if (header.PayloadSize > MaxPayload)
            return ReceiveOutcome.TooLong;
        if (header.PayloadSize > _payload.Length)
            _payload = new byte[MaxPayload];
        outcome = Fill(_payload.AsSpan(0, (int)header.PayloadSize), deadline, out errno);
        if (outcome == ReceiveOutcome.Message)
            Header = header;
        return outcome;
    }

    /// <summary>Receives and drops whatever comes until the peer closes; false when the time is over first.</summary>
    internal bool DrainUntilClosed(Deadline deadline)
    {
        Span<byte> scratch = stackalloc byte[256];
        ReceiveOutcome outcome;
        do
        {
            outcome = Fill(scratch, deadline, out _);
            DropFds();
        }
        while (outcome == ReceiveOutcome.Message);
        return outcome is ReceiveOutcome.Closed or ReceiveOutcome.Failed;
    }

    public void Dispose()
    {
        DropFds();
        _socket.Dispose();
    }

    private ReceiveOutcome Fill(Span<byte> buffer, Deadline deadline, out Errno errno)
    {
        errno = Errno.Success;
        while (buffer.Length > 0)
        {
            nint n = FdMessage.Receive(_socket.Fd, buffer, FdMessage.MaxFds, _fds, out bool truncated, out errno);
            if (truncated)
                return ReceiveOutcome.FdsTruncated;
            if (n > 0)
            {
                buffer = buffer[(int)n..];
                continue;
            }

            // A peer that dies with bytes of ours unread resets the connection: closed, in other words.
            if (n == 0 || errno == Errno.ECONNRESET)
                return ReceiveOutcome.Closed;
            if (errno != Errno.EAGAIN)
                return ReceiveOutcome.Failed;
            int left = deadline.Milliseconds;
            bool ready = WaitReadable is null ? EventFd.Wait(_socket.Fd, left) : WaitReadable(left);
            if (!ready && deadline.IsOver)
                return ReceiveOutcome.TimedOut;
        }

        return ReceiveOutcome.Message;
    }

    // Only a peer that has stopped reading gets us here, so the set-up of an epoll instance does not matter.
    private static bool WaitWritable(int fd, Deadline deadline)
    {
        if (EventLoop.Create(out EventLoop? loop).IsError)
            return false;
        using (loop)
        {
            if (loop!.Watch(fd, Readiness.Writable, new Nothing(), out FdWatch? watch).IsError)
                return false;
            using (watch)
            {
                int dispatched = 0;
                while (dispatched == 0 && !deadline.IsOver)
                {
                    if (loop.Turn(deadline.Milliseconds, out dispatched).IsError)
                        return false;
                }

                return dispatched > 0;
            }
        }
    }

    private sealed class Nothing : IFdHandler
    {
        public void OnReady(Readiness readiness)
        {
        }
    }
}
