// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Load;

/// <summary>What a load does with a disk; how much at a time and how often at once is in <see cref="LoadOptions"/>.</summary>
internal sealed record DiskLoad
{
    /// <summary>The unit of both protocols' addresses here.</summary>
    internal const int SectorBytes = 512;

    /// <summary>virtio-scsi; otherwise virtio-blk.</summary>
    internal required bool IsScsi { get; init; }

    /// <summary>Bytes of the disk that are used, from its start.</summary>
    internal required long DiskBytes { get; init; }

    internal bool Writes { get; init; }

    /// <summary>One after the other, beginning again at the end; otherwise anywhere.</summary>
    internal bool Sequential { get; init; }
}
