// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>What the guest is sent: data straight from the socket into its buffers, and the packets about the connection.</summary>
internal sealed partial class SocketFlow
{
    /// <summary>Bytes per turn, after which other connections have theirs.</summary>
    private const uint ShareBytes = 256 * 1024;

    /// <summary>A host program that has more than one receive buffer's worth is asked for four times this at least.</summary>
    private const uint MinLargeRead = 4096;

    private KeptInput _in;
    private bool _readable;
    private bool _endNear;

    // How much to ask the socket for; 0: as much as one receive buffer holds. Buffers for more than comes are taken and put
    // back for nothing.
    private uint _readSize;

    // How long the guest is given this time to tell of credit; 0: it is not waited for.
    private int _creditWaitMs;

    // The guest has not read for a while: it gets all the bytes that its buffer holds, whatever their packets cost.
    private bool _ignoresOverhead;

    internal override PumpResult Pump(RxWriter rx)
    {
        if (_state == SocketState.Free)
            return PumpResult.Idle;
        if ((_pending & Pending.Reset) != 0)
        {
            if (!TrySend(rx, VsockOp.Reset))
                return PumpResult.Starved;
            _owner.Free(this);
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
        int packets = 1;
        if (_credit.Allowance() > 0)
            _ignoresOverhead = false;
        else if (!_ignoresOverhead || _credit.AllowanceIgnoringOverhead(ref bytes, ref packets) == 0)
            return;
        StopAwaitingCredit();
        _owner.Activate(this);
    }

    private void StopAwaitingCredit()
    {
        if (_creditWaitMs == 0)
            return;
        _creditWaitMs = 0;
        Deadline = 0;
        _pending &= ~Pending.CreditRequest;
    }

    private PumpResult PumpData(RxWriter rx)
    {
        uint share = ShareBytes;
        while (_readable || !_in.IsEmpty)
        {
            if (!_ends.GuestReceives)
                return PumpResult.Idle;
            if (share == 0)
                return PumpResult.More;
            bool isKept = !_in.IsEmpty;
            uint wanted = isKept ? _in.Count : _readSize > 0 ? _readSize : RxWriter.MaxPayload;
            int packets = isKept || _readSize > 0 ? RxWriter.MaxChains : 1;
            // The guest cannot read half a message, so there would never be credit for the cost of its packets.
            bool inMessage = !IsStream && _in.IsBegun;
            uint allowance = inMessage ? _credit.AllowanceInMessage(ref wanted)
                : _ignoresOverhead ? _credit.AllowanceIgnoringOverhead(ref wanted, ref packets)
                : _credit.Allowance();
            if (allowance == 0)
            {
                AwaitCredit();
                return PumpResult.Idle;
            }

            if (!isKept && !IsStream)
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
            uint sent = isKept ? SendKept(rx, room) : SendRead(rx, room);
            share -= sent;
        }

        return PumpResult.Idle;
    }

    private uint SendKept(RxWriter rx, uint room)
    {
        ReadOnlySpan<byte> rest = _in.Bytes[..(int)Math.Min(room, _in.Count)];
        uint count = (uint)rest.Length;
        foreach (ref readonly IoVec piece in rx.Pieces)
        {
            int n = Math.Min(rest.Length, (int)piece.Length);
            rest[..n].CopyTo(piece.AsSpan());
            rest = rest[n..];
        }

        bool isLast = count == _in.Count;
        _in.Take((int)count);
        uint end = VsockFlags.EndOfMessage | (_endsRecord ? VsockFlags.EndOfRecord : 0);
        _ = Commit(rx, count, IsStream || !isLast ? 0 : end);
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
                HostStoppedSending();
            return 0;
        }

        uint packets = Commit(rx, (uint)n, 0);
        if ((uint)n < room)
        {
            // All there was: an edge tells of more. The end has told already.
            _readable = _endNear;
            _readSize = packets == 1 ? 0 : (uint)n;
        }
        else if (room >= _readSize)
        {
            _readSize = Math.Min(Math.Max(room, MinLargeRead) * 4, ShareBytes);
        }

        return (uint)n;
    }

    private uint Commit(RxWriter rx, uint bytes, uint lastFlags)
    {
        VsockHeader header = Header(VsockOp.ReadWrite);
        uint packets = rx.Commit(ref header, bytes, lastFlags);
        _credit.Sent(bytes, packets);
        NoteSent();
        return packets;
    }

    private bool SendNotices(RxWriter rx)
    {
        if (_state == SocketState.Open && !_ends.IsUntouched && !SendShutdown(rx))
            return false;
        if ((_pending & Pending.CreditRequest) != 0)
        {
            if (!TrySend(rx, VsockOp.CreditRequest))
                return false;
            _pending &= ~Pending.CreditRequest;
        }

        // Any other packet has told it as well.
        return (_pending & Pending.CreditUpdate) == 0 || TrySend(rx, VsockOp.CreditUpdate);
    }

    private bool SendShutdown(RxWriter rx)
    {
        EndStep step = NextEnd();
        if (step.Shutdown != 0)
        {
            VsockHeader header = Header(VsockOp.Shutdown);
            header.Flags = step.Shutdown;
            if (!rx.TrySend(in header))
                return false;
            NoteSent();
            _ends.ShutdownSent = step.Shutdown;
        }

        if (step.State == EndState.AwaitReset)
            AwaitReset();
        return true;
    }

    private void AwaitCredit()
    {
        if (_creditWaitMs != 0)
            return;
        _creditWaitMs = FlowPatience.FirstCreditMs;
        _pending |= Pending.CreditRequest;
        Wait(_creditWaitMs);
    }

    // A guest need not tell when few bytes were read, though it read many packets.
    private void AskForCreditAgain()
    {
        if (_creditWaitMs == 0)
            return;
        _creditWaitMs = Math.Min(_creditWaitMs * 2, FlowPatience.LastCreditMs);
        _ignoresOverhead = true;
        _pending |= Pending.CreditRequest;
        Wait(_creditWaitMs);
        _owner.Activate(this);
    }

    private bool TrySend(RxWriter rx, ushort op)
    {
        VsockHeader header = Header(op);
        if (!rx.TrySend(in header))
            return false;
        NoteSent();
        return true;
    }

    // Every packet tells what the guest may send.
    private VsockHeader Header(ushort op)
    {
        VsockHeader header = HeaderOf(op);
        header.BufferSize = _window;
        header.Forwarded = _forwarded;
        return header;
    }

    private void NoteSent()
    {
        _forwardedSent = _forwarded;
        _pending &= ~Pending.CreditUpdate;
    }
}
