// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Tests.Boards.Bells;

/// <summary>A guest's bells: queue 0 strikes them (a byte there, a byte back), queue 1 hears them (a byte for each stroke).</summary>
public sealed class BellDevice(SimulatedBellBus bus, BellCounts counts) : VirtioDevice
{
    private const int MostUnheard = 4;

    private LoopMailbox<byte>? _heard;
    private Virtqueue? _ears;

    public override uint DeviceId => 63;

    public override int QueueCount => 2;

    public override void QueueStarted(Virtqueue queue)
    {
        if (queue.Index == 1)
            _ears = queue;
    }

    public override void QueueStopping(Virtqueue queue)
    {
        if (queue.Index == 1)
            _ears = null;
    }

    public override void ServeQueue(Virtqueue queue)
    {
        if (queue.Index == 1)
        {
            _heard!.Resume();
            return;
        }

        while (queue.TryPop(out DescriptorChain? chain))
        {
            bool struck = chain.Reader().TryRead(out byte place) && bus.Strike(place, byGuest: true);
            if (struck)
                counts.Struck++;
            ChainWriter writer = chain.Writer();
            writer.TryWrite((byte)(struck ? 0 : 1));
            queue.Complete(chain, writer.Written);
        }
    }

    protected override void OnAttached()
    {
        _heard = new LoopMailbox<byte>(Host.Loop, MostUnheard, Tell);
        bus.Listen(_heard);
    }

    protected override void Dispose(bool disposing)
    {
        if (_heard is not null)
            bus.Forget(_heard);
        _heard?.Clear();
        _ears = null;
        base.Dispose(disposing);
    }

    private bool Tell(byte place)
    {
        if (_ears is null || !_ears.TryPop(out DescriptorChain? chain))
        {
            counts.Waiting = 1;
            return false;
        }

        counts.Waiting = 0;
        ChainWriter writer = chain.Writer();
        writer.TryWrite(place);
        _ears.Complete(chain, writer.Written);
        return true;
    }
}
