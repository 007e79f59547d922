// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.TestDisk;

/// <summary>What a request asks for (virtio 1.3 §5.2.6).</summary>
public enum DiskRequestType : uint
{
    In = 0,
    Out = 1,
    Flush = 4,
    GetId = 8,
}

/// <summary>The byte that ends every answer (virtio 1.3 §5.2.6).</summary>
public enum DiskStatus : byte
{
    Ok = 0,
    IoError = 1,
    Unsupported = 2,
}

/// <summary>The head of a request, <c>struct virtio_blk_req</c> without what follows.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct DiskRequestHeader
{
    public const int Size = 16;

    public DiskRequestType Type;
    public uint Reserved;

    /// <summary>Where, in units of <see cref="DiskConfig.SectorSize"/>.</summary>
    public ulong Sector;
}

/// <summary><c>struct virtio_blk_config</c> (virtio 1.3 §5.2.4) as far as front-ends read it; what is not used stays 0.</summary>
[StructLayout(LayoutKind.Explicit, Size = 60)]
public struct DiskConfig
{
    /// <summary>Sectors have 512 bytes, whatever the block size.</summary>
    public const int SectorSize = 512;

    /// <summary>Length in sectors.</summary>
    [FieldOffset(0)]
    public ulong Capacity;

    /// <summary>Most data segments of one request.</summary>
    [FieldOffset(12)]
    public uint SegMax;

    [FieldOffset(20)]
    public uint BlkSize;

    [FieldOffset(34)]
    public ushort NumQueues;
}

/// <summary>Feature bits of the disk (virtio 1.3 §5.2.3).</summary>
public static class DiskFeatures
{
    public const ulong SegMax = 1UL << 2;
    public const ulong BlkSize = 1UL << 6;
    public const ulong Flush = 1UL << 9;
    public const ulong Mq = 1UL << 12;
}
