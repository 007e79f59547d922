// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>
/// The ring as it lies in guest memory, for tests that write into it what no driver would. Valid until the memory is
/// disposed; changes behind the queue's back may make it throw.
/// </content>
public sealed unsafe partial class PackedDriverQueue
{
    /// <summary>Guest addresses of the ring's parts.</summary>
    public PackedRingPlacement Placement => _placement;

    /// <summary><see cref="DriverQueue.Size"/> descriptors.</summary>
    public PackedDescriptor* Ring { get; }

    /// <summary>When the driver wants an interrupt (<see cref="PackedEvent"/>). Written by the driver.</summary>
    public uint* DriverEvent { get; }

    /// <summary>When the device wants a kick (<see cref="PackedEvent"/>). Written by the device.</summary>
    public uint* DeviceEvent { get; }

    private int RingBytes => PackedDescriptor.Size * Size;
}
