// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>One piece of a request: a run of guest memory that the device reads or writes.</summary>
/// <param name="Address">Guest address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="DeviceWritable">True for an answer, false for what the driver has written.</param>
public readonly record struct DriverBuffer(ulong Address, uint Length, bool DeviceWritable)
{
    public static DriverBuffer Readable(ulong address, uint length) => new(address, length, false);

    public static DriverBuffer Writable(ulong address, uint length) => new(address, length, true);
}

/// <summary>What the device gave back.</summary>
/// <param name="Id">The number that adding the request returned.</param>
/// <param name="Length">Bytes that the device says it has written.</param>
public readonly record struct UsedChain(ushort Id, uint Length);

/// <summary><c>struct virtq_desc</c> (virtio 1.3 §2.7.5), as it lies in guest memory.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SplitDescriptor
{
    public const int Size = 16;
    public const ushort FlagNext = 1;
    public const ushort FlagWrite = 2;
    public const ushort FlagIndirect = 4;

    public ulong Address;
    public uint Length;
    public ushort Flags;
    public ushort Next;
}

/// <summary><c>struct virtq_used_elem</c> (virtio 1.3 §2.7.8), as it lies in guest memory.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SplitUsedElement
{
    public const int Size = 8;

    public uint Id;
    public uint Length;
}
