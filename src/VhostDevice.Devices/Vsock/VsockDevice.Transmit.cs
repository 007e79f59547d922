// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>What the guest sends.</summary>
public sealed partial class VsockDevice
{
    /// <summary>Resets that wait for receive buffers; with so many of them no packet is taken that could make another.</summary>
    private const int MaxReplies = 256;

    private readonly TxBatch _batch = new();
    private Virtqueue? _tx;
    private bool _spoofed;

    /// <summary>The transmit queue, while it runs.</summary>
    internal Virtqueue? TransmitQueue => _tx;

    private void Transmit(Virtqueue queue)
    {
        while (_replies.Count < MaxReplies && !Siblings.IsHeldUp && queue.TryPop(out DescriptorChain? chain))
        {
            ChainReader reader = chain.Reader();
            if (!reader.TryRead(out VsockHeader header))
            {
                queue.Counters.Errors++;
                queue.Complete(chain, 0);
            }
            else if (!TryTake(queue, chain, ref reader, in header))
            {
                queue.Complete(chain, 0);
            }
        }

        _batch.Flush();
    }

    /// <returns>True when the chain is kept, or was dealt with.</returns>
    private bool TryTake(Virtqueue queue, DescriptorChain chain, ref ChainReader reader, in VsockHeader header)
    {
        if (header.SourceCid != Cid)
        {
            RefuseSpoofed(queue, in header);
            return false;
        }

        VsockKey key = VsockKey.FromGuest(in header);
        if (header.Type is not (VsockType.Stream or VsockType.SeqPacket))
            Refuse(in header);
        else if (!Flows.TryFind(in key, out VsockFlow? flow))
            return header.Op == VsockOp.Request ? TryOpen(queue, chain, in key, in header) : Refuse(in header);
        else if (flow is not SocketFlow socket)
            return Siblings.TryForward(queue, chain, (SiblingFlow)flow, in header);
        else if (header.Op != VsockOp.Request || socket.State != SocketState.Closing)
            return TryTake(queue, chain, ref reader, in header, socket);
        else
            return TryReopen(queue, chain, in key, in header, socket);
        return false;
    }

    private bool TryTake(Virtqueue queue, DescriptorChain chain, ref ChainReader reader, in VsockHeader header, SocketFlow flow)
    {
        if (header.Op == VsockOp.ReadWrite && flow.MayReceive(in header) && flow.IsStream)
        {
            if (_batch.TryAdd(queue, chain, ref reader, flow, header.Length))
                return true;
            // The packet is shorter than it says, or in more pieces than one write takes.
            _batch.Flush();
            flow.ReceiveInParts(ref reader, header.Length);
            return false;
        }

        _batch.Flush();
        if (header.Op == VsockOp.ReadWrite)
            flow.ReceiveMessage(ref reader, in header);
        else
            flow.ReceiveControl(in header);
        return false;
    }

    private bool TryOpen(Virtqueue queue, DescriptorChain chain, in VsockKey key, in VsockHeader header)
    {
        if (ConnectionCount >= _guest.MaxConnections)
            return Refuse(in header);
        if (!_guest.Host.Serves(header.DestinationCid))
            return Siblings.TryOpen(queue, chain, in key, in header) || Refuse(in header);
        SocketFlow flow = Flows.TakeSocket();
        Flows.Add(flow, in key);
        flow.ConnectForGuest(in header);
        return false;
    }

    // The guest has forgotten a connection that we waited for its last word on, and uses the port again.
    private bool TryReopen(Virtqueue queue, DescriptorChain chain, in VsockKey key, in VsockHeader header, SocketFlow flow)
    {
        _batch.Flush();
        Flows.Free(flow);
        return TryOpen(queue, chain, in key, in header);
    }

    // "A VIRTIO_VSOCK_OP_RST reply" for what belongs to no connection (virtio 1.3 §5.10.6.4), but never one for a reset.
    private bool Refuse(in VsockHeader header)
    {
        if (header.Op == VsockOp.Reset)
            return false;
        _replies.Enqueue(new VsockHeader
        {
            SourceCid = header.DestinationCid,
            DestinationCid = Cid,
            SourcePort = header.DestinationPort,
            DestinationPort = header.SourcePort,
            Type = header.Type,
            Op = VsockOp.Reset,
        });
        SchedulePump();
        return false;
    }

    // An answer would go to whom the guest pretends to be.
    private void RefuseSpoofed(Virtqueue queue, in VsockHeader header)
    {
        queue.Counters.Errors++;
        if (_spoofed)
            return;
        _spoofed = true;
        _log.LogWarning("guest {Cid} sends packets in the name of CID {Source}: they are dropped", Cid, header.SourceCid);
    }

    private void StopTransmitting()
    {
        _tx = null;
        Siblings.StopTransmitting();
    }
}
