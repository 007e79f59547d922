// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// Connections with other guests of the process. A packet stays in the sender's memory until it is copied into buffers
/// of the receiver, cut to their size. So nothing is stored here, and a sender is held up by its own ring, half of which
/// a receiver that does not keep up may occupy, for a bounded time.
/// </summary>
public sealed partial class VsockDevice
{
    private readonly Queue<SiblingPacket> _inbound = new();
    private readonly Stack<SiblingFlow> _freeSiblings = new();
    private uint _inboundSent;
    private long _lastDelivery;
    private bool _stalled;

    // Chains of this guest that wait for others, and since when they have been too many.
    private int _held;
    private long _heldUpSince;

    /// <summary>How long a guest may hold up another one before its connections are reset.</summary>
    internal TimeSpan StallPatience { get; init; } = TimeSpan.FromSeconds(1);

    private bool IsHeldUp => _heldUpSince != 0;

    private bool TryOpenSibling(Virtqueue queue, DescriptorChain chain, in VsockKey key, in VsockHeader header)
    {
        if (!_hub.TryReach(_guest, header.DestinationCid, out VsockDevice? other) || other._stalled
            || other.ConnectionCount >= other._guest.MaxConnections)
        {
            return Refuse(in header);
        }

        VsockKey theirs = VsockKey.ToGuest(in header);
        if (other._flows.ContainsKey(theirs) || (other == this && theirs == key))
            return Refuse(in header);
        SiblingFlow mine = TakeSibling(in key);
        mine.Other = other.TakeSibling(in theirs);
        mine.Other.Other = mine;
        return TryForward(queue, chain, mine, in header);
    }

    private bool TryForward(Virtqueue queue, DescriptorChain chain, SiblingFlow flow, in VsockHeader header)
    {
        VsockDevice other = flow.Other.Device;
        // An operation that there is not ends a connection with the host, too.
        if (other._stalled || header.Op is < VsockOp.Request or > VsockOp.CreditRequest
            || (header.Op == VsockOp.ReadWrite && chain.ReadableBytes - VsockHeader.Size < header.Length))
        {
            EndSiblings(flow, tellThis: true, tellOther: true);
            return false;
        }

        if (_held >= Math.Max(1, queue.Size / 2))
        {
            _heldUpSince = Environment.TickCount64;
            StartTicker();
            // Freed, where the ring has broken meanwhile.
            _ = queue.PutBack(chain);
            return true;
        }

        VsockHeader checkedHeader = header;
        if (header.Op != VsockOp.ReadWrite)
            checkedHeader.Length = 0;
        flow.Other.Waiting++;
        if (header.Op == VsockOp.Reset)
            EndSiblings(flow, tellThis: false, tellOther: false);
        if (other._inbound.Count == 0)
            other._lastDelivery = Environment.TickCount64;
        other._inbound.Enqueue(new SiblingPacket(this, queue, chain, checkedHeader, flow.Other));
        _held++;
        other.SchedulePump();
        return true;
    }

    // Copies one packet that waits into receive buffers.
    private bool TryDeliver()
    {
        SiblingPacket packet = _inbound.Peek();
        VsockHeader header = packet.Header;
        bool whole = packet.Header.Length == 0 ? _rx.TrySend(in header) : TryCopy(in packet);
        if (!whole)
            return false;
        _inbound.Dequeue();
        _inboundSent = 0;
        _lastDelivery = Environment.TickCount64;
        _stalled = false;
        packet.Sender.GetBack(in packet);
        return true;
    }

    private bool TryCopy(in SiblingPacket packet)
    {
        while (_inboundSent < packet.Header.Length)
        {
            uint room = _rx.Reserve(packet.Header.Length - _inboundSent, uint.MaxValue);
            if (room == 0)
                return false;
            ChainReader reader = packet.Chain.Reader();
            reader.TrySkip(VsockHeader.Size + _inboundSent);
            foreach (ref readonly IoVec piece in _rx.Pieces)
                reader.Read(piece.AsSpan());
            VsockHeader header = packet.Header;
            _inboundSent += room;
            // The ends of messages and records belong to the last part.
            uint last = _inboundSent == header.Length ? header.Flags : 0;
            header.Flags = 0;
            _rx.Commit(ref header, room, last);
        }

        return true;
    }

    // A chain of this guest has arrived, or never will.
    private void GetBack(in SiblingPacket packet)
    {
        packet.Queue.Complete(packet.Chain, 0);
        packet.To.Waiting--;
        packet.To.Device.FreeIfDone(packet.To);
        _held--;
        if (_heldUpSince == 0 || _held > packet.Queue.Size / 4)
            return;
        _heldUpSince = 0;
        _tx?.RequestService();
    }

    // Both ends forget the connection; a guest that does not know yet is told.
    private static void EndSiblings(SiblingFlow flow, bool tellThis, bool tellOther)
    {
        flow.Device.Forget(flow, tellThis);
        flow.Other.Device.Forget(flow.Other, tellOther);
    }

    private void Forget(SiblingFlow flow, bool tell)
    {
        _flows.Remove(flow.Key);
        if (tell)
            Activate(flow);
        else
            FreeIfDone(flow);
    }

    private SiblingFlow TakeSibling(in VsockKey key)
    {
        SiblingFlow flow = _freeSiblings.TryPop(out SiblingFlow? free) ? free : new SiblingFlow(this);
        flow.IsFree = false;
        flow.Key = key;
        _flows.Add(key, flow);
        return flow;
    }

    // An end of a connection that is over may still have packets on their way, or a reset to send.
    private void FreeIfDone(SiblingFlow flow)
    {
        if (flow.IsFree || flow.IsReady || flow.Waiting > 0 || (_flows.TryGetValue(flow.Key, out VsockFlow? listed) && listed == flow))
            return;
        flow.IsFree = true;
        _freeSiblings.Push(flow);
    }

    // The guest is leaving, or begins anew: what others sent to it is lost, and they are told.
    private void LeaveSiblings()
    {
        foreach (SiblingFlow flow in _flows.Values.OfType<SiblingFlow>().ToArray())
        {
            if (_flows.ContainsKey(flow.Key))
                EndSiblings(flow, tellThis: false, tellOther: flow.Other.Device != this);
        }

        DropInbound();
        if (_held == 0)
            return;
        // What this guest sent is still its memory, which goes away now.
        foreach (VsockGuest guest in _hub.Guests)
            guest.Device?.DropInboundOf(this);
    }

    private void DropInbound()
    {
        while (_inbound.TryDequeue(out SiblingPacket packet))
            packet.Sender.GetBack(in packet);
        _inboundSent = 0;
    }

    private void DropInboundOf(VsockDevice sender)
    {
        if (_inbound.TryPeek(out SiblingPacket first) && first.Sender == sender)
            _inboundSent = 0;
        for (int n = _inbound.Count; n > 0; n--)
        {
            SiblingPacket packet = _inbound.Dequeue();
            if (packet.Sender == sender)
                sender.GetBack(in packet);
            else
                _inbound.Enqueue(packet);
        }
    }

    // A stop of the transmit queue waits for chains that others hold; they have a second.
    private void HurrySiblings()
    {
        if (_held == 0)
            return;
        _heldUpSince = Environment.TickCount64;
        StartTicker();
    }

    /// <returns>Whether to look again.</returns>
    private bool TickSiblings(long now)
    {
        if (_heldUpSince == 0)
            return false;
        long patience = (long)StallPatience.TotalMilliseconds;
        if (now - _heldUpSince < patience)
            return true;
        foreach (VsockGuest guest in _hub.Guests)
        {
            if (guest.Device is { } other && other._inbound.Count > 0 && now - other._lastDelivery >= patience)
                other.GiveUp();
        }

        return _heldUpSince != 0;
    }

    // This guest takes no packets although others wait for it.
    private void GiveUp()
    {
        _log.LogWarning("guest {Cid} takes no packets, and other guests wait for it: their connections are reset", Cid);
        _stalled = true;
        while (_inbound.TryPeek(out SiblingPacket packet))
        {
            if (_flows.TryGetValue(packet.To.Key, out VsockFlow? flow) && flow == packet.To)
                EndSiblings(packet.To, tellThis: true, tellOther: true);
            _inbound.Dequeue();
            packet.Sender.GetBack(in packet);
        }

        _inboundSent = 0;
    }
}
