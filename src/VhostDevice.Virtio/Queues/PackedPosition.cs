// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues;

/// <summary>
/// A place in a packed ring: the descriptor's index, and the wrap counter (virtio 1.3 §2.8.1) of whoever stands there,
/// which is 1 in the first lap and changes with each.
/// </summary>
public readonly record struct PackedPosition(ushort Index, bool Wrap)
{
    private const ushort WrapBit = 1 << 15;

    /// <summary>The start of a new ring.</summary>
    public static PackedPosition Start => new(0, true);

    /// <summary>As VRING_BASE and the event suppression structures have it: the index in bits 0 to 14, the wrap counter in bit 15.</summary>
    public ushort Bits => (ushort)(Index | (Wrap ? WrapBit : 0));

    public static PackedPosition FromBits(ushort bits) => new((ushort)(bits & ~WrapBit), (bits & WrapBit) != 0);

    /// <summary>The place <paramref name="count"/> descriptors further on, at most a whole ring.</summary>
    public PackedPosition After(int count, int size)
    {
        int index = Index + count;
        return index < size ? new PackedPosition((ushort)index, Wrap) : new PackedPosition((ushort)(index - size), !Wrap);
    }

    /// <summary>The place <paramref name="count"/> descriptors back, at most a whole ring.</summary>
    public PackedPosition Before(int count, int size)
    {
        int index = Index - count;
        return index >= 0 ? new PackedPosition((ushort)index, Wrap) : new PackedPosition((ushort)(index + size), !Wrap);
    }

    /// <summary>Descriptors from here to <paramref name="later"/>, 0 to 2 × <paramref name="size"/> - 1: two laps look different.</summary>
    public int DistanceTo(PackedPosition later, int size)
    {
        int distance = later.Index - Index + (later.Wrap == Wrap ? 0 : size);
        return distance < 0 ? distance + (2 * size) : distance;
    }
}
