// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Virtio.Queues.Inflight;

/// <summary><c>QueueRegionSplit</c> without its descriptors (vhost-user specification, "Inflight I/O tracking").</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SplitInflightHeader
{
    public const int Size = 16;

    /// <summary>Always 0 so far.</summary>
    public ulong Features;

    /// <summary>1; 0 in a region that nobody has used yet.</summary>
    public ushort Version;

    /// <summary>Number of descriptors that follow.</summary>
    public ushort DescriptorCount;

    /// <summary>The request completed last; the list of the batch goes on from it by <see cref="SplitInflightDescriptor.Next"/>.</summary>
    public ushort LastBatchHead;

    /// <summary>The index of the used ring up to which <see cref="SplitInflightDescriptor.InFlight"/> is right.</summary>
    public ushort UsedIndex;
}

/// <summary><c>DescStateSplit</c>: what is recorded of the chain that starts at one descriptor.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct SplitInflightDescriptor
{
    public const int Size = 16;

    /// <summary>1 from when the chain is taken until after it is visible in the used ring.</summary>
    [FieldOffset(0)]
    public byte InFlight;

    /// <summary>The request that was completed before this one.</summary>
    [FieldOffset(6)]
    public ushort Next;

    /// <summary>Grows with every chain that is taken: the order in which they were.</summary>
    [FieldOffset(8)]
    public ulong Counter;
}
