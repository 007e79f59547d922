// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues;

/// <summary>What the driver accepted of the features that change how a ring works.</summary>
public readonly record struct RingFeatures(bool EventIdx, bool Indirect, bool NotifyOnEmpty, bool Packed = false, bool InOrder = false)
{
    public static RingFeatures From(ulong acked) => new(
        (acked & VirtioFeatures.EventIdx) != 0,
        (acked & VirtioFeatures.IndirectDesc) != 0,
        // A legacy feature: with VERSION_1 the bit has no meaning.
        (acked & VirtioFeatures.NotifyOnEmpty) != 0 && (acked & VirtioFeatures.Version1) == 0,
        (acked & VirtioFeatures.RingPacked) != 0,
        (acked & VirtioFeatures.InOrder) != 0);
}
