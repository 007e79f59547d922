// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Virtio.Queues.Inflight;

/// <summary><c>QueueRegionPacked</c> without its descriptors (vhost-user specification, "Inflight I/O tracking").</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct PackedInflightHeader
{
    /// <summary>Where the descriptors begin; 7 bytes of padding end 3 bytes before that.</summary>
    public const int Size = 32;

    /// <summary>Always 0 so far.</summary>
    [FieldOffset(0)]
    public ulong Features;

    /// <summary>1; 0 in a region that nobody has used yet.</summary>
    [FieldOffset(8)]
    public ushort Version;

    /// <summary>Number of descriptors that follow.</summary>
    [FieldOffset(10)]
    public ushort DescriptorCount;

    /// <summary>The first free entry.</summary>
    [FieldOffset(12)]
    public ushort FreeHead;

    /// <summary>The first free entry as of the last batch that is known to be visible to the driver, or the last chain taken.</summary>
    [FieldOffset(14)]
    public ushort OldFreeHead;

    /// <summary>Where the device writes its next used descriptor.</summary>
    [FieldOffset(16)]
    public ushort UsedIndex;

    [FieldOffset(18)]
    public ushort OldUsedIndex;

    [FieldOffset(20)]
    public byte UsedWrapCounter;

    [FieldOffset(21)]
    public byte OldUsedWrapCounter;
}

/// <summary><c>DescStatePacked</c>: a copy of one descriptor, and for the first of a chain what is recorded of the chain.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct PackedInflightDescriptor
{
    public const int Size = 32;

    /// <summary>1 from when the chain is taken until after it is visible as used.</summary>
    [FieldOffset(0)]
    public byte InFlight;

    /// <summary>The next entry of the chain, or of the free list.</summary>
    [FieldOffset(2)]
    public ushort Next;

    /// <summary>The chain's last entry.</summary>
    [FieldOffset(4)]
    public ushort Last;

    /// <summary>How many entries the chain has.</summary>
    [FieldOffset(6)]
    public ushort Count;

    /// <summary>Grows with every chain that is taken: the order in which they were.</summary>
    [FieldOffset(8)]
    public ulong Counter;

    [FieldOffset(16)]
    public ushort Id;

    [FieldOffset(18)]
    public ushort Flags;

    [FieldOffset(20)]
    public uint Length;

    [FieldOffset(24)]
    public ulong Address;
}
