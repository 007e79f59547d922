// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// Packets of other guests that wait for one guest. It is closed when the guest has held up others for too long, and is
/// open again as soon as the guest can receive: a guest that was paused, or busy, can be reached again.
/// </summary>
internal sealed class SiblingInbox(VsockDevice device)
{
    private readonly Queue<SiblingPacket> _packets = new();

    // Bytes of the first packet that have arrived.
    private uint _arrived;
    private long _lastDelivery;
    private bool _isGivenUp;

    internal bool IsEmpty => _packets.Count == 0;

    /// <summary>Whether others may send to this guest. There is one way in here, <see cref="GiveUp"/>, and what the guest
    /// does leads out: whoever asks finds it open once there is a buffer for a packet.</summary>
    internal bool IsOpen
    {
        get
        {
            if (_isGivenUp && device.CanReceive)
                _isGivenUp = false;
            return !_isGivenUp;
        }
    }

    internal void Add(in SiblingPacket packet)
    {
        if (_packets.Count == 0)
            _lastDelivery = device.Now;
        _packets.Enqueue(packet);
        device.SchedulePump();
    }

    internal bool WaitsLongerThan(long milliseconds, long now) => _packets.Count > 0 && now - _lastDelivery >= milliseconds;

    /// <summary>Copies the first packet into receive buffers.</summary>
    /// <returns>False when there are too few; what was copied so far has arrived.</returns>
    internal bool TryDeliver(RxWriter rx)
    {
        SiblingPacket packet = _packets.Peek();
        VsockHeader header = packet.Header;
        bool isWhole = header.Length == 0 ? rx.TrySend(in header) : TryCopy(rx, in packet);
        if (!isWhole)
            return false;
        _packets.Dequeue();
        _arrived = 0;
        _lastDelivery = device.Now;
        packet.Sender.GetBack(in packet);
        return true;
    }

    /// <summary>The guest takes no packets although others wait for it: they get them back, and those connections end.</summary>
    internal void GiveUp()
    {
        device.Log.LogWarning(
            "guest {Cid} takes no packets, and other guests wait for it: their connections are reset", device.Cid);
        _isGivenUp = true;
        while (_packets.TryDequeue(out SiblingPacket packet))
        {
            if (packet.To.IsListed)
                SiblingLink.End(packet.To, resetThis: true, resetOther: true);
            packet.Sender.GetBack(in packet);
        }

        _arrived = 0;
    }

    /// <summary>The guest begins anew: what waits goes back.</summary>
    internal void Reset()
    {
        while (_packets.TryDequeue(out SiblingPacket packet))
            packet.Sender.GetBack(in packet);
        _arrived = 0;
        _isGivenUp = false;
    }

    /// <summary>A sender gets back what it sent. Connections that lose a packet by that end.</summary>
    internal void DropFrom(SiblingLink sender)
    {
        if (_packets.TryPeek(out SiblingPacket first) && first.Sender == sender)
            _arrived = 0;
        for (int n = _packets.Count; n > 0; n--)
        {
            SiblingPacket packet = _packets.Dequeue();
            if (packet.Sender != sender)
            {
                _packets.Enqueue(packet);
                continue;
            }

            if (packet.To.IsListed)
                SiblingLink.End(packet.To, resetThis: true, resetOther: true);
            sender.GetBack(in packet);
        }
    }

    private bool TryCopy(RxWriter rx, in SiblingPacket packet)
    {
        while (_arrived < packet.Header.Length)
        {
            uint room = rx.Reserve(packet.Header.Length - _arrived, uint.MaxValue);
            if (room == 0)
                return false;
            ChainReader reader = packet.Chain.Reader();
            reader.TrySkip(VsockHeader.Size + _arrived);
            foreach (ref readonly IoVec piece in rx.Pieces)
                reader.Read(piece.AsSpan());
            VsockHeader header = packet.Header;
            _arrived += room;
            // The ends of messages and records belong to the last part.
            uint last = _arrived == header.Length ? header.Flags : 0;
            header.Flags = 0;
            rx.Commit(ref header, room, last);
        }

        return true;
    }
}
