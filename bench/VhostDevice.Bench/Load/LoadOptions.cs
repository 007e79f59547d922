// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.Bus;

namespace VhostDevice.Bench.Load;

/// <summary>What the generator asks of a back-end.</summary>
internal sealed record LoadOptions
{
    /// <summary>Requests in flight.</summary>
    internal int Depth { get; init; } = 1;

    /// <summary>Bytes per request.</summary>
    internal int Size { get; init; } = 64;

    /// <summary>Bytes that each request brings to the device, in a descriptor before those that it fills; none for rng.</summary>
    internal byte[] Message { get; init; } = [];

    /// <summary>Descriptors per request, among which the bytes are divided.</summary>
    internal int Descriptors { get; init; } = 1;

    /// <summary>Requests for a disk, of <see cref="Size"/> bytes each; null: buffers to fill.</summary>
    internal DiskLoad? Disk { get; init; }

    /// <summary>A request to a bus; null: none of those.</summary>
    internal BusRequest? Bus { get; init; }

    /// <summary>Look at the ring without a pause instead of waiting for interrupts.</summary>
    internal bool Polls { get; init; }

    /// <summary>A packed ring instead of a split one.</summary>
    internal bool Packed { get; init; }

    /// <summary>How long to go on; the end of <see cref="MaxRequests"/> may come first.</summary>
    internal TimeSpan Time { get; init; } = TimeSpan.FromSeconds(1);

    internal long MaxRequests { get; init; } = long.MaxValue;

    /// <summary>Entries of the ring: room for all descriptors in flight.</summary>
    internal ushort QueueSize =>
        (ushort)Math.Max(
            256,
            System.Numerics.BitOperations.RoundUpToPowerOf2(
                (uint)(Depth * (Descriptors + (Message.Length > 0 ? 1 : 0)))));

    internal LoadShape MakeShape() => Disk switch
    {
        null when Bus is not null => new BusShape(this, Bus),
        null => new FillShape(this),
        { IsScsi: true } => new ScsiShape(this, Disk),
        _ => new BlkShape(this, Disk),
    };

    internal void Validate()
    {
        if (Depth < 1 || Descriptors < 1 || Size < Descriptors)
            throw new BenchException("depth and descriptors are at least 1, and every descriptor has at least a byte");
        if ((long)Depth * (Descriptors + 1) > 32768 || (long)Depth * Size > 1 << 30)
            throw new BenchException("at most 32768 descriptors and 1 GiB are possible at a time");
        if (Disk is not null && (Size % DiskLoad.SectorBytes != 0 || Depth > 80 || Disk.DiskBytes < Size))
            throw new BenchException("requests for a disk are whole sectors of 512 bytes, at most 80 at a time, and fit into what is used of it");
    }
}
