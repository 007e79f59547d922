// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Queues;

/// <summary>Opens a ring in the layout that the driver accepted.</summary>
public static class VirtqueueFactory
{
    /// <param name="size">Descriptors of the ring.</param>
    /// <param name="start">Where the ring goes on, as SET_VRING_BASE says it; see <see cref="OwnedVirtqueue.Base"/>.</param>
    /// <param name="problem">What is wrong with the parameters when the result is false.</param>
    public static bool TryCreate(
        int index, ushort size, RingAddresses addresses, uint start, RingFeatures features,
        GuestMemory memory, IVirtqueueOwner owner, out OwnedVirtqueue? queue, out string problem)
    {
        if (features.Packed)
        {
            bool opened = PackedVirtqueue.TryCreate(index, size, addresses, start, features, memory, owner, out PackedVirtqueue? packed, out problem);
            queue = packed;
            return opened;
        }

        bool good = SplitVirtqueue.TryCreate(index, size, addresses, start, features, memory, owner, out SplitVirtqueue? split, out problem);
        queue = split;
        return good;
    }
}
