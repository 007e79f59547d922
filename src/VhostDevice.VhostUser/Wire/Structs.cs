// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.VhostUser.Wire;

/// <summary>Bits of <see cref="MessageHeader.Flags"/>.</summary>
[Flags]
public enum MessageFlags : uint
{
    None = 0,

    /// <summary>Protocol version 1, in bits 0 and 1.</summary>
    Version1 = 1,
    VersionMask = 3,
    Reply = 1 << 2,
    NeedReply = 1 << 3,
}

/// <summary>Every message begins with this ("Message Specification, Header"). All fields are in host byte order.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct MessageHeader
{
    public const int Size = 12;

    public uint Request;
    public MessageFlags Flags;

    /// <summary>Bytes of payload after the header.</summary>
    public uint PayloadSize;
}

/// <summary>"A vring state description": ring index and one number.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct VringState
{
    public uint Index;
    public uint Num;
}

/// <summary>Bits of <see cref="VringAddress.Flags"/>.</summary>
public static class VringFlags
{
    /// <summary>VHOST_VRING_F_LOG: writes to the used ring are logged.</summary>
    public const uint Log = 1;
}

/// <summary>"A vring address description". The three rings are front-end user addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VringAddress
{
    public uint Index;

    /// <summary><see cref="VringFlags"/>; with <see cref="VringFlags.Log"/> writes to the used ring are logged at <see cref="Log"/>.</summary>
    public uint Flags;
    public ulong Descriptor;
    public ulong Used;
    public ulong Available;

    /// <summary>Guest address of the used ring for logging; not to be translated unless bit 0 of the flags is set.</summary>
    public ulong Log;
}

/// <summary>"Memory region description".</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MemoryRegionEntry
{
    public ulong GuestAddress;
    public ulong Size;
    public ulong UserAddress;

    /// <summary>Where in the region's file the first byte lies; no alignment is promised.</summary>
    public ulong MmapOffset;
}

/// <summary>Head of the payload of SET_MEM_TABLE, before its entries.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MemoryTableHeader
{
    /// <summary>The most regions that SET_MEM_TABLE carries.</summary>
    public const int MaxRegions = 8;

    public uint Count;
    public uint Padding;
}

/// <summary>"Single memory region description": payload of ADD_MEM_REG and REM_MEM_REG.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SingleMemoryRegion
{
    public ulong Padding;
    public MemoryRegionEntry Region;
}

/// <summary>
/// Why a front-end accesses the config space (<see cref="ConfigHeader.Flags"/>): a number in the specification and QEMU.
/// Front-ends on rust-vmm's crate send a set of bits instead, 1 for writable and 2 for migration.
/// </summary>
public enum ConfigFlags : uint
{
    /// <summary>The driver wrote a writable field. Read-only fields must be refused.</summary>
    Writable = 0,

    /// <summary>Live migration restores the content, read-only fields too.</summary>
    Migration = 1,
}

/// <summary>Head of "Virtio device config space", before <see cref="Size"/> bytes of content.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct ConfigHeader
{
    public const int HeaderSize = 12;

    public uint Offset;
    public uint Size;

    /// <summary>A <see cref="ConfigFlags"/>, or what rust-vmm makes of it.</summary>
    public uint Flags;
}

/// <summary>The u64 of SET_VRING_KICK, CALL and ERR.</summary>
public static class VringFd
{
    public const ulong IndexMask = 0xff;

    /// <summary>No descriptor comes with the message: poll, or notify in band.</summary>
    public const ulong NoFd = 0x100;
}
