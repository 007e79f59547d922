// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Tests.HostSides;

/// <summary>Sends numbers of 4 bytes to its guest, of which at most four wait.</summary>
internal sealed class TickingDevice(bool dropsOldest = false) : VirtioDevice
{
    internal const int Most = 4;

    /// <summary>A number that cannot be written.</summary>
    internal const uint Unlucky = 13;

    public override uint DeviceId => 201;

    public override int QueueCount => 1;

    internal GuestMailbox<uint> Mailbox { get; private set; } = null!;

    internal int RoomAgain { get; private set; }

    public override void QueueStarted(Virtqueue queue) => Mailbox.Start(queue);

    public override void QueueStopping(Virtqueue queue) => Mailbox.Stop();

    public override void ServeQueue(Virtqueue queue) => Mailbox.Serve(queue);

    protected override void OnAttached() => Mailbox = new GuestMailbox<uint>(Host, Most, Write, dropsOldest, roomAgain: () => RoomAgain++);

    private static uint Write(DescriptorChain chain, uint number)
    {
        if (number == Unlucky)
            throw new InvalidOperationException("bad luck");
        ChainWriter writer = chain.Writer();
        return writer.TryWrite(number) ? writer.Written : 0;
    }
}
