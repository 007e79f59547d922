// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>What a logical unit says of itself.</summary>
public sealed record LogicalUnitOptions
{
    /// <summary>8 characters, as long as its fields.</summary>
    public const string DefaultVendor = "vhostdev";

    /// <summary>0 to 255.</summary>
    public byte Target { get; init; }

    /// <summary>0 to 16383.</summary>
    public ushort Lun { get; init; }

    /// <summary>512 or 4096 bytes.</summary>
    public uint BlockSize { get; init; } = 512;

    /// <summary>Bytes that the medium writes at a time, a power of two; what is less than a block is a block.</summary>
    public uint PhysicalBlockSize { get; init; }

    /// <summary>Up to 16 characters of ASCII, of which the guest sees the product.</summary>
    public string Product { get; init; } = "virtual disk";

    /// <summary>Up to 64 characters of ASCII.</summary>
    public string Serial { get; init; } = "0";

    /// <summary>The name in the world (NAA).</summary>
    public ulong Wwn { get; init; }

    /// <summary>Turns per minute (0x401 to 0xFFFE), 1 for none at all, 0 for "not told".</summary>
    public ushort Rotation { get; init; }

    /// <summary>Blocks can be given back, and the guest is told so.</summary>
    public bool Thin { get; init; }

    /// <summary>Writes are refused.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Writes may stay in a cache until they are flushed; the guest may change that.</summary>
    public bool WriteCache { get; init; } = true;

    /// <summary>What people call it: the path of the image.</summary>
    public string Name { get; init; } = "";
}
