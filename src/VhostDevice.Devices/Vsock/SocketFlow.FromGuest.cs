// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// What the guest sends, on its way to the socket: written at once where the socket takes it, otherwise kept, never more
/// than the guest was told there is room for.
/// </summary>
internal sealed partial class SocketFlow
{
    /// <summary>Pieces of a packet that are written one by one because it has too many.</summary>
    private const int PartPieces = 64;

    private const int MinBuffer = 4096;

    private byte[]? _out;
    private int _outStart;
    private int _outCount;
    private uint _received;
    private uint _forwarded;
    private uint _forwardedTold;

    /// <summary>Whether data in this packet is as it should be: the connection is open, and there was credit for it.</summary>
    internal bool MayReceive(in VsockHeader header) =>
        _state == SocketState.Open
        && (_guestShut & VsockFlags.ShutdownSend) == 0
        && _credit.Update(header.BufferSize, header.Forwarded)
        && header.Length <= Device.BufferSize - (_received - _forwarded);

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
        if ((_hostShut & VsockFlags.ShutdownReceive) != 0)
        {
            n = (nint)bytes;
        }
        else if (_outCount == 0)
        {
            n = FileIo.WriteV(_socket.Fd, pieces, out Errno errno);
            if (n < 0)
            {
                if (errno != Errno.EAGAIN)
                {
                    HostIsDeaf();
                    return;
                }

                n = 0;
            }
        }

        Forward((uint)n);
        if ((uint)n == bytes)
            return;
        Keep(pieces, (nuint)n, (int)(bytes - (uint)n));
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
                Device.Activate(this);
                break;
            default:
                // Among them a second request for a connection that there is: both ends begin anew.
                Abort();
                break;
        }
    }

    private void Established()
    {
        if (Device.Guest.Host.Greets)
            Answer();
        if (_socket.Interest == Readiness.None && _socket.Watch(WatchReading).IsError)
            Abort();
        Device.Activate(this);
    }

    private void ReceiveReset()
    {
        Device.Unlist(this);
        // What the guest sent before it closed is the host program's.
        if (_outCount > 0 && (_guestShut & VsockFlags.ShutdownSend) != 0)
        {
            _state = SocketState.Draining;
            _pending = Pending.None;
            Wait(DrainPatienceMs);
            return;
        }

        Device.Free(this);
    }

    private void ReceiveShutdown(uint flags)
    {
        uint more = flags & VsockFlags.ShutdownBoth & ~_guestShut;
        _guestShut |= more;
        if (_state == SocketState.Draining)
            return;
        if (_guestShut == VsockFlags.ShutdownBoth)
        {
            Drain();
            return;
        }

        _ = StreamSocket.Shutdown(
            _socket.Fd,
            reading: (more & VsockFlags.ShutdownReceive) != 0,
            writing: (more & VsockFlags.ShutdownSend) != 0 && _outCount == 0);
        if ((_guestShut & VsockFlags.ShutdownReceive) != 0)
            _readable = false;
    }

    /// <summary>The socket has room again.</summary>
    private unsafe void FlushOutput()
    {
        if (_outCount == 0)
            return;
        if (!IsStream)
        {
            FlushMessages();
        }
        else
        {
            nint n;
            Errno errno;
            fixed (byte* p = _out)
                n = FileIo.Write(_socket.Fd, p + _outStart, (nuint)_outCount, out errno);
            if (n < 0 && errno != Errno.EAGAIN)
            {
                HostIsDeaf();
            }
            else if (n > 0)
            {
                _outStart += (int)n;
                _outCount -= (int)n;
                Forward((uint)n);
            }
        }

        if (_outCount == 0)
            OutputIsOut();
    }

    private void OutputIsOut()
    {
        ReturnOutput();
        if (_state == SocketState.Draining)
        {
            FinishDraining();
            return;
        }

        if (_state != SocketState.Open)
            return;
        _socket.Interest = WatchReading;
        if ((_guestShut & VsockFlags.ShutdownSend) != 0)
            _ = StreamSocket.Shutdown(_socket.Fd, reading: false, writing: true);
        // It may have waited for room.
        if (_forwarded != _forwardedTold)
        {
            _pending |= Pending.CreditUpdate;
            Device.Activate(this);
        }
    }

    // Bytes are out of our hands. The guest is told when half of the buffer is free without its knowing; Linux from 7.0
    // on does not send more at a time than its own buffer would hold.
    private void Forward(uint bytes)
    {
        _forwarded += bytes;
        if (_forwarded - _forwardedTold < Math.Min(Device.BufferSize, _credit.PeerBuffer) / 2 || (_pending & Pending.CreditUpdate) != 0)
            return;
        _pending |= Pending.CreditUpdate;
        Device.Activate(this);
    }

    // The guest's reset may have come already; then there is nobody to tell.
    private void FinishDraining()
    {
        if (Device.IsListed(this))
            Abort();
        else
            Device.Free(this);
    }

    private void DropOutput()
    {
        _forwarded = _received;
        _outCount = 0;
        _isPartial = false;
        OutputIsOut();
    }

    private unsafe void Keep(ReadOnlySpan<IoVec> pieces, nuint skip, int count)
    {
        Span<byte> target = MoreOutput(count);
        foreach (ref readonly IoVec piece in pieces)
        {
            if (skip >= piece.Length)
            {
                skip -= piece.Length;
                continue;
            }

            ReadOnlySpan<byte> part = new(piece.Base + skip, (int)(piece.Length - skip));
            skip = 0;
            part.CopyTo(target);
            target = target[part.Length..];
        }
    }

    // Room at the end of what waits. How much that may be is for the caller to know.
    private Span<byte> MoreOutput(int count)
    {
        if (_out is null || _outStart + _outCount + count > _out.Length)
        {
            byte[] to = _out is not null && _outCount + count <= _out.Length
                ? _out
                : ArrayPool<byte>.Shared.Rent(Math.Max(MinBuffer, _outCount + count));
            _out?.AsSpan(_outStart, _outCount).CopyTo(to);
            if (_out is not null && to != _out)
                ArrayPool<byte>.Shared.Return(_out);
            _out = to;
            _outStart = 0;
        }

        Span<byte> room = _out.AsSpan(_outStart + _outCount, count);
        _outCount += count;
        return room;
    }

    private void ReturnOutput()
    {
        if (_out is not null)
            ArrayPool<byte>.Shared.Return(_out);
        _out = null;
        _outStart = _outCount = 0;
    }

    private void ReturnBuffers()
    {
        ReturnOutput();
        if (_in is not null)
            ArrayPool<byte>.Shared.Return(_in);
        _in = null;
        _inStart = _inCount = 0;
        _message = 0;
        _isPartial = false;
    }
}
