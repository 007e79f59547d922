// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// A guest's connections with other guests of the process. A packet stays in the sender's memory until it is copied into
/// buffers of the receiver, cut to their size. So nothing is stored here, and a sender is held up by its own ring, half of
/// which a receiver that does not keep up may occupy, for a bounded time.
/// </summary>
internal sealed class SiblingLink(VsockDevice device, VsockHub hub, SiblingInbox inbox)
{
    private readonly Stack<SiblingFlow> _free = new();

    // Chains of this guest that wait for others, and since when they have been too many; 0: they are not.
    private int _held;
    private long _heldUpSince;

    /// <summary>Whether nothing more of this guest is taken until others have taken what they were sent.</summary>
    internal bool IsHeldUp => _heldUpSince != 0;

    /// <summary>The guest asks for a connection with another one.</summary>
    /// <returns>False when it is refused.</returns>
    internal bool TryOpen(Virtqueue queue, DescriptorChain chain, in VsockKey key, in VsockHeader header)
    {
        if (!hub.TryReach(device.Guest, header.DestinationCid, out VsockDevice? other) || !other.Inbox.IsOpen
            || other.ConnectionCount >= other.Guest.MaxConnections)
        {
            return false;
        }

        VsockKey theirs = VsockKey.ToGuest(in header);
        if (other.Flows.Has(in theirs) || (other == device && theirs == key))
            return false;
        SiblingFlow mine = Take(in key);
        mine.Other = other.Siblings.Take(in theirs);
        mine.Other.Other = mine;
        _ = TryForward(queue, chain, mine, in header);
        return true;
    }

    /// <summary>Sends a packet to the guest at the other end.</summary>
    /// <returns>True: the chain is kept. False: the connection has ended.</returns>
    internal bool TryForward(Virtqueue queue, DescriptorChain chain, SiblingFlow flow, in VsockHeader header)
    {
        SiblingInbox target = flow.Other.Device.Inbox;
        // An operation that there is not ends a connection with the host, too.
        if (!target.IsOpen || header.Op is < VsockOp.Request or > VsockOp.CreditRequest
            || (header.Op == VsockOp.ReadWrite && chain.ReadableBytes - VsockHeader.Size < header.Length))
        {
            End(flow, resetThis: true, resetOther: true);
            return false;
        }

        if (_held >= Math.Max(1, queue.Size / 2))
        {
            HoldUp();
            // Freed, where the ring has broken meanwhile.
            _ = queue.PutBack(chain);
            return true;
        }

        VsockHeader checkedHeader = header;
        if (header.Op != VsockOp.ReadWrite)
            checkedHeader.Length = 0;
        flow.Other.Waiting++;
        if (header.Op == VsockOp.Reset)
            End(flow, resetThis: false, resetOther: false);
        _held++;
        target.Add(new SiblingPacket(this, queue, chain, checkedHeader, flow.Other));
        return true;
    }

    /// <summary>A chain of this guest has arrived, or never will.</summary>
    internal void GetBack(in SiblingPacket packet)
    {
        packet.Queue.Complete(packet.Chain, 0);
        packet.To.Waiting--;
        packet.To.Device.Siblings.FreeIfDone(packet.To);
        _held--;
        if (_heldUpSince == 0 || _held > packet.Queue.Size / 4)
            return;
        _heldUpSince = 0;
        device.TransmitQueue?.RequestService();
    }

    /// <summary>Both ends forget the connection; a guest that does not know yet is sent a reset.</summary>
    internal static void End(SiblingFlow flow, bool resetThis, bool resetOther)
    {
        flow.Device.Siblings.Forget(flow, resetThis);
        flow.Other.Device.Siblings.Forget(flow.Other, resetOther);
    }

    /// <summary>An end of a connection that is over may still have packets on their way, or a reset to send; without them
    /// it is used again.</summary>
    internal void FreeIfDone(SiblingFlow flow)
    {
        if (flow.IsFree || flow.IsReady || flow.Waiting > 0 || flow.IsListed)
            return;
        flow.IsFree = true;
        _free.Push(flow);
    }

    /// <summary>The guest is leaving, or begins anew: what others sent to it is lost, and they are sent resets.</summary>
    internal void Leave()
    {
        foreach (SiblingFlow flow in device.Flows.Siblings())
        {
            if (flow.IsListed)
                End(flow, resetThis: false, resetOther: flow.Other.Device != device);
        }

        inbox.Reset();
        // What this guest sent is still its memory, which goes away now.
        TakeBack();
    }

    /// <summary>All chains of this guest come back at once.</summary>
    internal void TakeBack()
    {
        if (_held == 0)
            return;
        foreach (VsockGuest guest in hub.Guests)
            guest.Device?.Inbox.DropFrom(this);
    }

    /// <summary>The transmit queue stops, which waits for chains that others hold: they have the patience to take them.</summary>
    internal void StopTransmitting()
    {
        if (_held > 0)
            HoldUp();
    }

    /// <summary>Gives up guests that have held up this one for too long.</summary>
    /// <returns>Whether to look again.</returns>
    internal bool Tick(long now)
    {
        if (_heldUpSince == 0)
            return false;
        long patience = (long)device.StallPatience.TotalMilliseconds;
        if (now - _heldUpSince < patience)
            return true;
        foreach (VsockGuest guest in hub.Guests)
        {
            if (guest.Device is { } other && other.Inbox.WaitsLongerThan(patience, now))
                other.Inbox.GiveUp();
        }

        return _heldUpSince != 0;
    }

    private void HoldUp()
    {
        _heldUpSince = device.Now;
        device.StartTicker();
    }

    private void Forget(SiblingFlow flow, bool reset)
    {
        device.Flows.Remove(flow);
        if (reset)
            device.Activate(flow);
        else
            FreeIfDone(flow);
    }

    private SiblingFlow Take(in VsockKey key)
    {
        SiblingFlow flow = _free.TryPop(out SiblingFlow? free) ? free : new SiblingFlow(device);
        flow.IsFree = false;
        device.Flows.Add(flow, in key);
        return flow;
    }
}
