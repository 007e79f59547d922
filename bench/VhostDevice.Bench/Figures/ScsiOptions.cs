// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;

namespace VhostDevice.Bench.Figures;

/// <summary>The images of the scsi figures, and who serves them.</summary>
internal sealed record ScsiOptions
{
    /// <summary>Bytes of each image, all of them written.</summary>
    internal const long ImageBytes = 1L << 30;

    /// <summary>On a file system in memory.</summary>
    internal required string Image { get; init; }

    /// <summary>The peer is virtio-blk; otherwise virtio-scsi.</summary>
    internal bool PeerIsBlk { get; init; }

    /// <summary>On a real disk, or null: those figures are left out.</summary>
    internal string? DiskImage { get; init; }

    /// <summary>Our daemon on <see cref="DiskImage"/> with direct I/O.</summary>
    internal Launch? DiskDaemon { get; init; }
}
