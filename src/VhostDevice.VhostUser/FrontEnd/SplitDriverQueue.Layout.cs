// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>
/// The rings as they lie in guest memory, for tests that write into them what no driver would. They are valid until the
/// memory is disposed; changes behind the queue's back may make it throw.
/// </content>
public sealed unsafe partial class SplitDriverQueue
{
    /// <summary>Guest addresses of the rings.</summary>
    public SplitRingPlacement Placement => _placement;

    /// <summary><see cref="DriverQueue.Size"/> descriptors.</summary>
    public SplitDescriptor* Descriptors { get; }

    public ushort* AvailableFlags { get; }

    public ushort* AvailableIndex => AvailableFlags + 1;

    /// <summary><see cref="DriverQueue.Size"/> heads.</summary>
    public ushort* AvailableRing => AvailableFlags + 2;

    /// <summary>With EVENT_IDX: the used entry after whose writing the driver wants an interrupt. Written by the driver.</summary>
    public ushort* UsedEvent => AvailableRing + Size;

    public ushort* UsedFlags { get; }

    public ushort* UsedIndex => UsedFlags + 1;

    /// <summary><see cref="DriverQueue.Size"/> elements.</summary>
    public SplitUsedElement* UsedRing => (SplitUsedElement*)(UsedFlags + 2);

    /// <summary>With EVENT_IDX: the available entry after whose writing the device wants a kick. Written by the device.</summary>
    public ushort* AvailableEvent => (ushort*)(UsedRing + Size);

    private int DescriptorBytes => SplitDescriptor.Size * Size;

    private int AvailableBytes => sizeof(ushort) * (3 + Size);

    private int UsedBytes => (sizeof(ushort) * 3) + (SplitUsedElement.Size * Size);
}
