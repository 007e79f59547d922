// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// What the guest sends, on its way to the socket: written at once where the socket takes it, otherwise kept, never more
/// than there is credit for.
/// </summary>
internal sealed partial class SocketFlow
{
    /// <summary>Pieces of a packet that are written one by one because it has too many.</summary>
    private const int PartPieces = 64;

    private Outbox _out;

    // The receive buffer that every packet announces (buf_alloc), the same as long as the connection lasts.
    private uint _window;
    private uint _received;
    private uint _forwarded;

    // The fwd_cnt of the last packet.
    private uint _forwardedSent;

    /// <summary>Whether data in this packet is as it should be: the connection is open, and there was credit for it.</summary>
    internal bool MayReceive(in VsockHeader header) =>
        _state == SocketState.Open
        && _ends.GuestSends
        && _credit.Update(header.BufferSize, header.Forwarded)
        && header.Length <= _window - (_received - _forwarded);

    /// <summary>Counts bytes that the guest may not send again before they have gone out.</summary>
    internal void Account(uint bytes)
    {
        _received += bytes;
        NoteCredit();
    }

    /// <summary>Writes accounted bytes of a stream, or keeps them.</summary>
    internal void Write(ReadOnlySpan<IoVec> pieces, uint bytes)
    {
        // What went before may have ended the connection.
        if (_state != SocketState.Open || bytes == 0)
            return;
        nint n = 0;
        if (!_ends.HostReceives)
        {
            n = (nint)bytes;
        }
        else if (_out.IsEmpty)
        {
            n = FileIo.WriteV(_socket.Fd, pieces, out Errno errno);
            if (n < 0)
            {
                if (errno != Errno.EAGAIN)
                {
                    HostStoppedReceiving();
                    return;
                }

                n = 0;
            }
        }

        Forward((uint)n);
        if ((uint)n == bytes)
            return;
        _out.Add(pieces, (nuint)n, (int)(bytes - (uint)n));
        _socket.Interest = WatchReading | Readiness.Writable;
    }

    /// <summary>A data packet that does not go through a batch: it is shorter than it says, or has very many pieces.</summary>
    internal void ReceiveInParts(ref ChainReader reader, uint length)
    {
        if (reader.Remaining < length)
        {
            // The guest believes to have sent what is not there: the stream is broken.
            Abort();
            return;
        }

        Account(length);
        Span<IoVec> pieces = stackalloc IoVec[PartPieces];
        while (length > 0)
        {
            int n = reader.TakePieces(pieces, length, out ulong bytes);
            Write(pieces[..n], (uint)bytes);
            length -= (uint)bytes;
        }
    }

    /// <summary>A data packet that is part of a message, or comes when none should.</summary>
    internal void ReceiveMessage(ref ChainReader reader, in VsockHeader header)
    {
        if (_state is SocketState.Closing or SocketState.Draining)
            return; // it crossed with our end of the connection
        if (!MayReceive(in header) || IsStream || reader.Remaining < header.Length)
            Abort();
        else
            ReceivePart(ref reader, in header);
    }

    /// <summary>Any packet but data.</summary>
    internal void ReceiveControl(in VsockHeader header)
    {
        if (header.Op == VsockOp.Reset)
        {
            ReceiveReset();
            return;
        }

        bool isLiar = !_credit.Update(header.BufferSize, header.Forwarded);
        if (_state == SocketState.Closing)
        {
            if (header.Op == VsockOp.Shutdown && (header.Flags & VsockFlags.ShutdownBoth) == VsockFlags.ShutdownBoth)
                Abort();
            return;
        }

        switch (header.Op)
        {
            case VsockOp.Response when _state == SocketState.Requested && !isLiar && TryTakeSender():
                Deadline = 0;
                _state = SocketState.Open;
                Established();
                break;
            case VsockOp.Shutdown when _state is SocketState.Open or SocketState.Draining && !isLiar:
                ReceiveShutdown(header.Flags);
                break;
            case VsockOp.CreditUpdate when _state is SocketState.Open or SocketState.Draining && !isLiar:
                NoteCredit();
                break;
            case VsockOp.CreditRequest when _state is SocketState.Open or SocketState.Draining && !isLiar:
                NoteCredit();
                _pending |= Pending.CreditUpdate;
                _owner.Activate(this);
                break;
            default:
                // Among them a second request for a connection that there is: both ends begin anew.
                Abort();
                break;
        }
    }

    private void Established()
    {
        if (_owner.Host.Greets)
            Answer();
        if (_socket.Interest == Readiness.None && _socket.Watch(WatchReading).IsError)
            Abort();
        _owner.Activate(this);
    }

    /// <summary>The socket has room again.</summary>
    private unsafe void FlushOutput()
    {
        if (!_out.CanGoOut)
            return;
        if (!IsStream)
        {
            FlushMessages();
        }
        else
        {
            ReadOnlySpan<byte> bytes = _out.Bytes;
            nint n;
            Errno errno;
            fixed (byte* p = bytes)
                n = FileIo.Write(_socket.Fd, p, (nuint)bytes.Length, out errno);
            if (n < 0 && errno != Errno.EAGAIN)
            {
                HostStoppedReceiving();
                return;
            }

            if (n > 0)
            {
                _out.Remove((int)n);
                WentOut((uint)n);
            }
        }

        if (!_out.CanGoOut)
            OutputIsOut();
    }

    // All that could go out has.
    private void OutputIsOut()
    {
        if (_out.IsEmpty)
            _out.Drop();
        if (_state is not (SocketState.Open or SocketState.Draining))
            return;
        FollowEnds();
        if (_state != SocketState.Open)
            return;
        _socket.Interest = WatchReading;
        // It may have waited for room.
        if (_forwarded != _forwardedSent)
        {
            _pending |= Pending.CreditUpdate;
            _owner.Activate(this);
        }
    }

    // Bytes that were kept have gone out: as long as some do, the host program has time for the rest.
    private void WentOut(uint bytes)
    {
        Forward(bytes);
        if (_state == SocketState.Draining)
            Wait(FlowPatience.DrainMs);
    }

    // Bytes are out of our hands. A credit update is due when half of the buffer is free without the guest's knowing;
    // Linux from 7.0 on does not send more at a time than its own buffer would hold.
    private void Forward(uint bytes)
    {
        _forwarded += bytes;
        if (_forwarded - _forwardedSent < Math.Min(_window, _credit.PeerBuffer) / 2 || (_pending & Pending.CreditUpdate) != 0)
            return;
        _pending |= Pending.CreditUpdate;
        _owner.Activate(this);
    }
}
