// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Virtio.Queues;

/// <summary><c>struct pvirtq_desc</c> (virtio 1.3 §2.8.13): what the driver makes available, and what the device writes over it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PackedDescriptor
{
    public const int Size = 16;

    /// <summary>With <see cref="DescriptorFlags"/>: the driver's wrap counter when it made the descriptor available.</summary>
    public const ushort Available = 1 << 7;

    /// <summary>With <see cref="DescriptorFlags"/>: as <see cref="Available"/> once the device has used the descriptor, its inverse before.</summary>
    public const ushort Used = 1 << 15;

    public ulong Address;

    /// <summary>Bytes of the buffer; in a used descriptor, bytes that the device wrote.</summary>
    public uint Length;

    /// <summary>Names the chain; the driver's choice. Only the last descriptor's counts.</summary>
    public ushort Id;

    /// <summary><see cref="DescriptorFlags"/>, <see cref="Available"/> and <see cref="Used"/>.</summary>
    public ushort Flags;
}
