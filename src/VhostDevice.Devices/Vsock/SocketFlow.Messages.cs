// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>Connections of messages (SEQPACKET): whole ones reach the socket, and whole ones come from it.</summary>
internal sealed partial class SocketFlow
{
    /// <summary>Messages without a byte in them cost the guest no credit, but a head here.</summary>
    private const int MaxEmptyMessages = 1024;

    private bool _endsRecord;
    private MessageSender? _sender;

    // Part of a message of the guest. Credit was checked: no more than the window is ever here.
    private void ReceivePart(ref ChainReader reader, in VsockHeader header)
    {
        Account(header.Length);
        if (!_ends.HostReceives)
        {
            Forward(header.Length);
            return;
        }

        if (!_out.HasHalfAMessage && _out.Count > _window + (MaxEmptyMessages * Outbox.HeadSize))
        {
            Abort();
            return;
        }

        _ = reader.Read(_out.AddPart((int)header.Length));
        if ((header.Flags & VsockFlags.EndOfMessage) == 0)
        {
            // A message that fills the window has no end: there will never be credit for the rest.
            if (_received - _forwarded == _window && _out.IsBlockedByHalfAMessage)
                Abort();
            return;
        }

        _out.EndMessage((header.Flags & VsockFlags.EndOfRecord) != 0);
        FlushMessages();
        if (_out.IsEmpty)
            _out.Drop();
        else if (_out.CanGoOut && _state == SocketState.Open && _sender is null)
            _socket.Interest = WatchReading | Readiness.Writable;
    }

    /// <summary>A message has gone out, or never will. It is the first of those that wait.</summary>
    internal void MessageSent(Errno errno)
    {
        // They may have been dropped meanwhile.
        if (_out.IsEmpty)
            return;
        if (errno.IsError)
        {
            HostStoppedReceiving();
            return;
        }

        WentOut((uint)_out.RemoveMessage());
        FlushMessages();
        if (!_out.CanGoOut)
            OutputIsOut();
    }

    // A thread that sends, where the host's sockets need one.
    private bool TryTakeSender() =>
        IsStream || !_owner.Host.CutsMessages || _owner.TryTakeSender(_socket.Fd, out _sender);

    // Sends the messages that are complete.
    private void FlushMessages()
    {
        while (_out.CanGoOut && _sender is not { IsOut: true })
        {
            ReadOnlySpan<byte> message = _out.FirstMessage(out bool endsRecord);
            if (message.Length > 0 && _sender is not null)
            {
                _sender.Send(this, message, endsRecord);
                return;
            }

            if (message.Length > 0)
            {
                Errno errno = SendMessage(message, endsRecord);
                if (errno == Errno.EAGAIN)
                    return;
                if (errno.IsError)
                {
                    // Too long for a socket of this machine, or nobody is there.
                    HostStoppedReceiving();
                    return;
                }
            }

            WentOut((uint)_out.RemoveMessage());
        }
    }

    private unsafe Errno SendMessage(ReadOnlySpan<byte> message, bool endsRecord)
    {
        fixed (byte* p = message)
        {
            IoVec piece = new(p, (nuint)message.Length);
            nint n = StreamSocket.SendMessage(_socket.Fd, [piece], endsRecord, out Errno errno);
            // A Unix socket takes no message that is longer than its send buffer, which is smaller than the window may be.
            if (n < 0 && errno == Errno.EMSGSIZE && StreamSocket.RaiseSendBuffer(_socket.Fd, (int)_window).IsSuccess)
                _ = StreamSocket.SendMessage(_socket.Fd, [piece], endsRecord, out errno);
            return errno;
        }
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
            nint n = StreamSocket.ReceiveMessage(_socket.Fd, _in.Room((int)length), out _endsRecord, out errno);
            if (n > 0)
            {
                _in.Add((int)n);
                return true;
            }

            _in.Drop();
            if (n == 0)
            {
                // Either the end, or a message without a byte, which has no packet.
                if (_endNear)
                    HostStoppedSending();
                return !_endNear;
            }
        }

        if (errno == Errno.EAGAIN)
            _readable = false;
        else
            HostStoppedSending();
        return false;
    }
}
