// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>Connections of messages (SEQPACKET): whole ones reach the socket, and whole ones come from it.</summary>
internal sealed partial class SocketFlow
{
    /// <summary>In front of each message that waits: its length, and whether it ends a record.</summary>
    private const int MessageHead = 5;

    /// <summary>Messages without a byte in them cost the guest no credit, but a head here.</summary>
    private const int MaxEmptyMessages = 1024;

    // Where in the output the message that is being put together has its head.
    private int _message;
    private bool _isPartial;
    private bool _endsRecord;
    private MessageSender? _sender;

    // Part of a message of the guest. Credit was checked: no more than a buffer of ours holds is ever here.
    private void ReceivePart(ref ChainReader reader, in VsockHeader header)
    {
        Account(header.Length);
        if ((_hostShut & VsockFlags.ShutdownReceive) != 0)
        {
            Forward(header.Length);
            return;
        }

        if (!_isPartial)
        {
            if (_outCount > Device.BufferSize + (MaxEmptyMessages * MessageHead))
            {
                Abort();
                return;
            }

            _message = _outCount;
            MoreOutput(MessageHead).Clear();
            _isPartial = true;
        }

        _ = reader.Read(MoreOutput((int)header.Length));
        if ((header.Flags & VsockFlags.EndOfMessage) == 0)
        {
            // A message that fills the buffer has no end: there will never be credit for the rest.
            if (_received - _forwarded == Device.BufferSize && _message == 0)
                Abort();
            return;
        }

        _isPartial = false;
        Span<byte> head = _out.AsSpan(_outStart + _message);
        BinaryPrimitives.WriteInt32LittleEndian(head, _outCount - _message - MessageHead);
        head[sizeof(int)] = (byte)((header.Flags & VsockFlags.EndOfRecord) != 0 ? 1 : 0);
        FlushMessages();
        if (_outCount == 0)
            ReturnOutput();
        else if (!_isPartial && _state == SocketState.Open && _sender is null)
            _socket.Interest = WatchReading | Readiness.Writable;
    }

    /// <summary>A message has gone out, or never will. It is the first of those that wait.</summary>
    internal void MessageSent(Errno errno)
    {
        // They may have been dropped meanwhile.
        if (_outCount == 0)
            return;
        if (errno.IsError)
        {
            HostIsDeaf();
            return;
        }

        RemoveFirst();
        FlushMessages();
        if (_outCount == 0)
            OutputIsOut();
    }

    // A thread that sends, where the host's sockets need one.
    private bool TryTakeSender() =>
        IsStream || !Device.Guest.Host.CutsMessages || Device.TryTakeSender(_socket.Fd, out _sender);

    // Sends the messages that are complete.
    private unsafe void FlushMessages()
    {
        while (_outCount > 0 && !(_isPartial && _message == 0) && _sender is not { IsOut: true })
        {
            Span<byte> head = _out.AsSpan(_outStart);
            int length = BinaryPrimitives.ReadInt32LittleEndian(head);
            if (length > 0 && _sender is not null)
            {
                _sender.Send(this, head.Slice(MessageHead, length), head[sizeof(int)] != 0);
                return;
            }

            if (length > 0)
            {
                nint n;
                Errno errno;
                fixed (byte* p = &head[MessageHead])
                    n = StreamSocket.SendMessage(_socket.Fd, [new IoVec(p, (nuint)length)], head[sizeof(int)] != 0, out errno);
                if (n < 0 && errno == Errno.EAGAIN)
                    return;
                if (n < 0)
                {
                    // Too long for a socket of this machine, or nobody is there.
                    HostIsDeaf();
                    return;
                }
            }

            RemoveFirst();
        }
    }

    private void RemoveFirst()
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(_out.AsSpan(_outStart));
        int whole = MessageHead + length;
        _outStart += whole;
        _outCount -= whole;
        _message -= whole;
        Forward((uint)length);
    }

    // Fetches the next message of the host program; the reserved buffers may be too small for it, so it waits here.
    private bool TryFetchMessage()
    {
        nint length = StreamSocket.NextMessageLength(_socket.Fd, out Errno errno);
        if (length > _credit.PeerBuffer)
        {
            // The guest can never take it, and half a message is none.
            Abort();
            return false;
        }

        if (length >= 0)
        {
            _in = System.Buffers.ArrayPool<byte>.Shared.Rent(Math.Max(1, (int)length));
            nint n = StreamSocket.ReceiveMessage(_socket.Fd, _in.AsSpan(0, (int)length), out _endsRecord, out errno);
            if (n > 0)
            {
                _inStart = 0;
                _inCount = (int)n;
                return true;
            }

            ReturnInput();
            if (n == 0)
            {
                // Either the end, or a message without a byte, which has no packet.
                if (_endNear)
                    EndReached();
                return !_endNear;
            }
        }

        if (errno == Errno.EAGAIN)
            _readable = false;
        else
            EndReached();
        return false;
    }
}
