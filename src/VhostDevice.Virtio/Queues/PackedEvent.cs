// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues;

/// <summary>
/// <c>struct pvirtq_event_suppress</c> (virtio 1.3 §2.8.14) as the one number that it is read and written as: a position
/// in the lower half, flags in the upper one. The flags and the position that they are about are never torn apart.
/// </summary>
public readonly record struct PackedEvent(uint Bits)
{
    public const int Size = 4;

    private const uint FlagsMask = 3u << 16;
    private const uint DisableFlag = 1u << 16;
    private const uint DescriptorFlag = 2u << 16;

    public static PackedEvent Enable => new(0);

    public static PackedEvent Disable => new(DisableFlag);

    public bool IsDisabled => (Bits & FlagsMask) == DisableFlag;

    /// <summary>Whether only one descriptor is of interest; needs EVENT_IDX.</summary>
    public bool HasPosition => (Bits & FlagsMask) == DescriptorFlag;

    public PackedPosition Position => PackedPosition.FromBits((ushort)Bits);

    /// <summary>Wakes when the descriptor at this position changes hands.</summary>
    public static PackedEvent At(PackedPosition position) => new(DescriptorFlag | position.Bits);

    /// <summary>
    /// Whether the one who wrote this wants to be told that the descriptors from <paramref name="from"/> up to, not
    /// including, <paramref name="to"/> changed hands. What makes no sense costs a notification too many.
    /// </summary>
    public bool Wants(PackedPosition from, PackedPosition to, int size, bool eventIdx)
    {
        if (!HasPosition || !eventIdx)
            return !IsDisabled;
        PackedPosition at = Position;
        return at.Index >= size || from.DistanceTo(at, size) < from.DistanceTo(to, size);
    }
}
