// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Ring;

/// <summary>Where an input puts the ring: side by side, over each other, against the end of a region, or just beyond it.</summary>
internal readonly record struct RingLayout(int Region, int Descriptors, int Available, int Used)
{
    /// <summary>Whether no part lies over another, so that what the device wrote can be checked.</summary>
    public bool IsProper { get; private init; }

    /// <summary>A part of it sticks out of the region: it must not start.</summary>
    public bool SticksOut { get; private init; }

    public RingAddresses Addresses
    {
        get
        {
            ulong at = GuestLayout.UserAddress(Region);
            return new(at + (ulong)Descriptors, at + (ulong)Available, at + (ulong)Used);
        }
    }

    public static RingLayout Choose(int choice, int size, bool packed)
    {
        const int End = 0x3000;
        const int Second = 0x1000;
        int descriptors = 16 * size;
        // The event suppression structures of a packed ring lie where a split one has its other two parts.
        int available = packed ? PackedEvent.Size : 6 + (2 * size);
        int used = packed ? PackedEvent.Size : 6 + (8 * size);
        int usedAt = (descriptors + available + 3) & ~3;
        return (choice % 12) switch
        {
            1 => new(0, 0, 0, usedAt),                                   // available over descriptors
            2 => new(0, 0, descriptors, descriptors),                    // used over available
            3 => new(0, 0, descriptors, 0),                              // used over descriptors
            4 => new(0, 0, descriptors, (End - used) & ~3) { IsProper = true },
            5 => new(0, End - descriptors, 0, (available + 3) & ~3) { IsProper = true },
            6 => new(0, 0, End - available, descriptors) { IsProper = true },
            8 => new(0, End - descriptors + 16, 0, 0x100) { SticksOut = true },
            9 => new(0, 0, End - available + 2, descriptors) { SticksOut = true },
            10 => new(0, 0, descriptors, ((End - used) & ~3) + 4) { SticksOut = true },
            7 when usedAt + used <= Second => new(2, 0, descriptors, usedAt) { IsProper = true },
            _ => new(0, 0, descriptors, usedAt) { IsProper = true },
        };
    }
}
