// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Queues.Inflight;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// The memory that the front-end keeps for its back-ends, with the record of requests in flight of all queues
/// (GET_INFLIGHT_FD, SET_INFLIGHT_FD). Mapped until the session and the last ring that records in it have let go.
/// </summary>
internal sealed unsafe class InflightArea
{
    private readonly MemoryMapping _mapping;
    private readonly InflightDescription _description;
    private int _references = 1;

    private InflightArea(MemoryMapping mapping, InflightDescription description)
    {
        _mapping = mapping;
        _description = description;
    }

    /// <summary>A new, empty file for the record of so many queues.</summary>
    /// <param name="description">Its numbers of queues and descriptors were checked; the rest is filled in.</param>
    internal static Errno Create(ref InflightDescription description, bool packed, out OwnedFd? file)
    {
        description.MmapOffset = 0;
        description.MmapSize = Bytes(description, packed);
        Errno errno = MemFd.Create("inflight", description.MmapSize, out file);
        // Nobody needs it to be larger either, and what cannot change need not be looked at again.
        if (errno.IsSuccess)
            errno = MemFd.SealSize(file!.Fd);
        if (errno.IsError)
        {
            file?.Dispose();
            file = null;
        }

        return errno;
    }

    /// <summary>Maps the file that a front-end brings.</summary>
    /// <param name="packed">The layout accepted by now, which decides how much there must be.</param>
    internal static bool TryMap(
        InflightDescription description,
        bool packed,
        OwnedFd? file,
        OwnedFd? alarm,
        out InflightArea? area,
        out string problem)
    {
        area = null;
        using OwnedFd? owner = file; // the mapping outlives the descriptor
        if (owner is null)
        {
            problem = "no file descriptor came with it";
            return false;
        }

        if (description.QueueCount == 0 || description.QueueSize == 0 || description.MmapSize < Bytes(description, packed))
        {
            problem = $"0x{description.MmapSize:x} bytes are not enough for {description.QueueCount} queues of {description.QueueSize}";
            return false;
        }

        // The fields of 64 bits are written in one piece only where they are aligned.
        if ((description.MmapOffset & 7) != 0)
        {
            problem = $"the offset 0x{description.MmapOffset:x} is not aligned to 8 bytes";
            return false;
        }

        if (!SharedFile.TryMap(
                owner,
                description.MmapOffset,
                description.MmapSize,
                $"record of requests in flight of 0x{description.MmapSize:x} bytes",
                alarm,
                out MemoryMapping? mapping,
                out _,
                out problem))
            return false;
        area = new InflightArea(mapping!, description);
        return true;
    }

    /// <summary>One queue's part; false when the area has none for it.</summary>
    internal bool TryRegion(int queue, bool packed, out InflightRegion region)
    {
        region = default;
        // The driver may have settled on another layout since the area was mapped.
        if (queue >= _description.QueueCount || _mapping.Length < Bytes(_description, packed))
            return false;
        region = new InflightRegion(
            _mapping.Address + ((ulong)queue * InflightRegion.Stride(_description.QueueSize, packed)),
            _description.QueueSize);
        return true;
    }

    /// <summary>After a reset nothing is in flight, whatever was recorded.</summary>
    internal void Forget(bool packed)
    {
        for (int i = 0; TryRegion(i, packed, out InflightRegion region); i++)
            region.Forget();
    }

    internal InflightArea Retain()
    {
        _references++;
        return this;
    }

    internal void Release()
    {
        if (--_references == 0)
            _mapping.Dispose();
    }

    private static ulong Bytes(InflightDescription description, bool packed) =>
        description.QueueCount * InflightRegion.Stride(description.QueueSize, packed);
}
