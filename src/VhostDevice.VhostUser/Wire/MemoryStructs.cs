// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.VhostUser.Wire;

/// <summary>What an <see cref="IotlbMessage"/> says.</summary>
public enum IotlbType : byte
{
    Miss = 1,
    Update = 2,
    Invalidate = 3,
    AccessFail = 4,
}

/// <summary>Access that an <see cref="IotlbMessage"/> grants or asks for.</summary>
[Flags]
public enum IotlbPermissions : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    ReadWrite = 3,
}

/// <summary>"An IOTLB message" (<c>struct vhost_iotlb_msg</c>, 32 bytes with C's padding).</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct IotlbMessage
{
    public ulong Iova;
    public ulong Size;
    public ulong UserAddress;
    public IotlbPermissions Permissions;
    public IotlbType Type;
}

/// <summary>"Vring area description": payload of the back-end's VRING_HOST_NOTIFIER_MSG.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VringArea
{
    /// <summary>Ring index in bits 0 to 7, <see cref="VringFd.NoFd"/> in bit 8.</summary>
    public ulong IndexAndFlags;
    public ulong Size;
    public ulong Offset;
}

/// <summary>"MMAP request": payload of the back-end's SHMEM_MAP and SHMEM_UNMAP.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShmemMapping
{
    /// <summary><see cref="Flags"/>: map read-write instead of read-only.</summary>
    public const ulong ReadWrite = 1;

    /// <summary>Shared memory region id in the low byte; seven bytes of padding follow it on the wire.</summary>
    public ulong RegionIdAndPadding;
    public ulong FdOffset;

    /// <summary>Offset inside the device's shared memory region.</summary>
    public ulong RegionOffset;
    public ulong Length;
    public ulong Flags;
}

/// <summary>
/// Head of the reply to GET_SHMEM_CONFIG, before <see cref="MaxRegions"/> u64 sizes, whose place is the region's id: 0
/// for one that is not there.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShmemConfigHeader
{
    public const int Size = 8;

    public const int MaxRegions = 256;

    /// <summary>How many sizes are not 0. (Drafts counted up to the last one, and sent no more than that.)</summary>
    public uint Count;
    public uint Padding;
}
