// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Can;

// From the bus to the guest.
public sealed partial class CanDevice
{
    bool ICanGuest.TryReceive(in CanFrame frame)
    {
        if (_filters is not null && !_filters.MayReceive(frame))
        {
            _statistics.CountFiltered();
            return true;
        }

        if (!CanRules.MayBeReceived(frame, Accepted))
        {
            _statistics.CountUnsuitable();
            return true;
        }

        if (_inbox!.Items.TryAdd(frame))
            return true;
        _statistics.CountDropped();
        return false;
    }

    private void Receive(Virtqueue queue)
    {
        _inbox!.Serve(queue);
        // Not for every place: whoever waits for room has more than one frame.
        if (_inbox.Items.Count <= MaxWaiting / 2)
            _station!.MadeRoom();
    }

    private uint Write(DescriptorChain chain, CanFrame frame)
    {
        if (chain.WritableBytes < CanHeader.Size + frame.Length)
        {
            _statistics.CountTooSmall();
            return 0;
        }

        CanHeader header = new()
        {
            Type = CanMessage.Receive,
            Length = (ushort)frame.Length,
            Flags = (frame.IsExtended ? CanHeaderFlags.Extended : 0)
                | (frame.IsFd ? CanHeaderFlags.Fd : 0)
                | (frame.IsRemote ? CanHeaderFlags.Remote : 0),
            Id = frame.Id,
        };
        ChainWriter writer = chain.Writer();
        writer.TryWrite(header);
        writer.Write(frame.Data);
        _statistics.CountReceived();
        return writer.Written;
    }
}
