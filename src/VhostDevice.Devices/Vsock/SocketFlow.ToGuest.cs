// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>What the guest is sent: data straight from the socket into its buffers, and the packets about the connection.</summary>
internal sealed partial class SocketFlow
{
    /// <summary>Bytes per turn, after which other connections have theirs.</summary>
    private const uint ShareBytes = 256 * 1024;

    private const uint MinAppetite = 4096;

    private const int FirstCreditWaitMs = 100;
    private const int LastCreditWaitMs = 5000;

    // Bytes that were read before there was a place for them: what followed a CONNECT line, or a message.
    private byte[]? _in;
    private int _inStart;
    private int _inCount;
    private bool _readable;
    private bool _endNear;

    // How much to ask the socket for. Buffers for more than comes are taken and put back for nothing.
    private uint _appetite = MinAppetite;
    private int _creditWaitMs;

    // The guest has not read for a while: it gets all that its buffer holds.
    private bool _toTheBrim;

    internal override PumpResult Pump(RxWriter rx)
    {
        if (_state == SocketState.Free)
            return PumpResult.Idle;
        if ((_pending & Pending.Reset) != 0)
        {
            if (!TrySend(rx, VsockOp.Reset))
                return PumpResult.Starved;
            Device.Free(this);
            return PumpResult.Idle;
        }

        if ((_pending & (Pending.Request | Pending.Response)) != 0)
        {
            if (!TrySend(rx, (_pending & Pending.Request) != 0 ? VsockOp.Request : VsockOp.Response))
                return PumpResult.Starved;
            _pending &= ~(Pending.Request | Pending.Response);
        }

        PumpResult result = _state == SocketState.Open ? PumpData(rx) : PumpResult.Idle;
        if (result == PumpResult.Starved)
            return result;
        return SendNotices(rx) ? result : PumpResult.Starved;
    }

    /// <summary>Credit may have come with any packet.</summary>
    private void NoteCredit()
    {
        if (_creditWaitMs == 0)
            return;
        uint bytes = 1;
        if (_credit.Allowance() > 0)
            _toTheBrim = false;
        else if (!_toTheBrim || _credit.AllowanceToTheBrim(ref bytes, out _) == 0)
            return;
        _creditWaitMs = 0;
        Deadline = 0;
        _pending &= ~Pending.CreditRequest;
        Device.Activate(this);
    }

    private PumpResult PumpData(RxWriter rx)
    {
        uint share = ShareBytes;
        while (_inCount > 0 || _readable)
        {
            if ((_guestShut & VsockFlags.ShutdownReceive) != 0)
                return PumpResult.Idle;
            if (share == 0)
                return PumpResult.More;
            uint wanted = _inCount > 0 ? (uint)_inCount : _appetite;
            // The guest cannot read half a message, so there would never be credit for the cost of its packets.
            bool inMessage = !IsStream && _inStart > 0;
            int packets = RxWriter.MaxChains;
            uint allowance = inMessage ? _credit.AllowanceInMessage(ref wanted)
                : _toTheBrim ? _credit.AllowanceToTheBrim(ref wanted, out packets)
                : _credit.Allowance();
            if (allowance == 0)
            {
                AwaitCredit();
                return PumpResult.Idle;
            }

            if (_inCount == 0 && !IsStream)
            {
                if (!TryFetchMessage())
                    return PumpResult.Idle;
                share -= Math.Min(share, VsockCredit.PacketCost);
                continue;
            }

            wanted = Math.Min(share, wanted);
            uint room = rx.Reserve(wanted, allowance, packets);
            if (room == 0)
                return PumpResult.Starved;
            uint sent = _inCount > 0 ? SendKept(rx, room) : SendRead(rx, room);
            share -= sent;
        }

        return PumpResult.Idle;
    }

    private uint SendKept(RxWriter rx, uint room)
    {
        ReadOnlySpan<byte> rest = _in.AsSpan(_inStart, (int)Math.Min(room, (uint)_inCount));
        uint count = (uint)rest.Length;
        foreach (ref readonly IoVec piece in rx.Pieces)
        {
            int n = Math.Min(rest.Length, (int)piece.Length);
            rest[..n].CopyTo(piece.AsSpan());
            rest = rest[n..];
        }

        _inStart += (int)count;
        _inCount -= (int)count;
        Commit(rx, count, IsStream || _inCount > 0 ? 0 : VsockFlags.EndOfMessage | (_endsRecord ? VsockFlags.EndOfRecord : 0));
        if (_inCount == 0)
            ReturnInput();
        return count;
    }

    private uint SendRead(RxWriter rx, uint room)
    {
        nint n = FileIo.ReadV(_socket.Fd, rx.Pieces, out Errno errno);
        if (n <= 0)
        {
            rx.Release();
            if (n < 0 && errno == Errno.EAGAIN)
                _readable = false;
            else
                EndReached();
            return 0;
        }

        Commit(rx, (uint)n, 0);
        if ((uint)n < room)
        {
            // All there was: an edge tells of more. The end has told already.
            _readable = _endNear;
            _appetite = Math.Max(MinAppetite, (uint)n);
        }
        else if (room >= _appetite)
        {
            _appetite = Math.Min(_appetite * 4, ShareBytes);
        }

        return (uint)n;
    }

    private void Commit(RxWriter rx, uint bytes, uint lastFlags)
    {
        VsockHeader header = Header(VsockOp.ReadWrite);
        _credit.Sent(bytes, rx.Commit(ref header, bytes, lastFlags));
        NoteTold();
    }

    private bool SendNotices(RxWriter rx)
    {
        if ((_pending & Pending.CreditRequest) != 0)
        {
            if (!TrySend(rx, VsockOp.CreditRequest))
                return false;
            _pending &= ~Pending.CreditRequest;
        }

        // Any other packet has told it as well.
        if ((_pending & Pending.CreditUpdate) != 0 && !TrySend(rx, VsockOp.CreditUpdate))
            return false;
        return _state != SocketState.Open || SendShutdown(rx);
    }

    private bool SendShutdown(RxWriter rx)
    {
        if (_hostShut == _toldShut)
            return true;
        // The end comes after the last byte, and a program that is gone is told of in one go.
        bool hasMore = (_hostShut & VsockFlags.ShutdownSend) == 0 && (_readable || _inCount > 0) && _endNear;
        if (hasMore)
            return true;
        VsockHeader header = Header(VsockOp.Shutdown);
        header.Flags = _hostShut;
        if (!rx.TrySend(in header))
            return false;
        NoteTold();
        _toldShut = _hostShut;
        if (_toldShut == VsockFlags.ShutdownBoth)
            AwaitLastWord();
        return true;
    }

    // The host program sends nothing more.
    private void EndReached()
    {
        _readable = false;
        _hostShut |= VsockFlags.ShutdownSend;
        if (Device.Guest.Host.HidesClose && StreamSocket.IsPeerDeaf(_socket.Fd))
            HostIsDeaf();
    }

    private void AwaitCredit()
    {
        if (_creditWaitMs != 0)
            return;
        _creditWaitMs = FirstCreditWaitMs;
        _pending |= Pending.CreditRequest;
        Wait(_creditWaitMs);
    }

    // A guest need not tell when few bytes were read, though it read many packets.
    private void AskForCreditAgain()
    {
        if (_creditWaitMs == 0)
            return;
        _creditWaitMs = Math.Min(_creditWaitMs * 2, LastCreditWaitMs);
        _toTheBrim = true;
        _pending |= Pending.CreditRequest;
        Wait(_creditWaitMs);
        Device.Activate(this);
    }

    private bool TrySend(RxWriter rx, ushort op)
    {
        VsockHeader header = Header(op);
        if (!rx.TrySend(in header))
            return false;
        NoteTold();
        return true;
    }

    // Every packet tells what the guest may send.
    private VsockHeader Header(ushort op)
    {
        VsockHeader header = HeaderOf(op);
        header.BufferSize = Device.BufferSize;
        header.Forwarded = _forwarded;
        return header;
    }

    private void NoteTold()
    {
        _forwardedTold = _forwarded;
        _pending &= ~Pending.CreditUpdate;
    }

    private void ReturnInput()
    {
        if (_in is not null)
            ArrayPool<byte>.Shared.Return(_in);
        _in = null;
        _inStart = _inCount = 0;
    }
}
