// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Virtio.Queues;

/// <summary><c>struct virtq_desc</c> (virtio 1.3 §2.7.5).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SplitDescriptor
{
    public const int Size = 16;

    public ulong Address;
    public uint Length;
    public DescriptorFlags Flags;
    public ushort Next;
}

/// <summary>Flags of a descriptor (virtio 1.3 §2.7.5).</summary>
[Flags]
public enum DescriptorFlags : ushort
{
    None = 0,
    Next = 1,

    /// <summary>Device write-only; otherwise device read-only.</summary>
    Write = 2,

    /// <summary>The buffer is a table of descriptors.</summary>
    Indirect = 4,
}

/// <summary><c>struct virtq_used_elem</c> (virtio 1.3 §2.7.8).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SplitUsedElement
{
    public const int Size = 8;

    public uint Id;
    public uint Length;
}
