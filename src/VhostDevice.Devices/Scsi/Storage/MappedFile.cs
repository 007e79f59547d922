// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>
/// A file that lies in memory, mapped: what is there of it is copied, which takes a third of the time that a system call
/// takes to find and copy it.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    // Of a larger file it would take too much memory to know what is there: this is 4 MiB and a bit, if all of it is used.
    private const ulong MaxLength = 1UL << 37;

    private readonly MemoryMapping _mapping;
    private readonly ResidentPages _pages;

    private MappedFile(MemoryMapping mapping, ResidentPages pages)
    {
        _mapping = mapping;
        _pages = pages;
    }

    /// <summary>The file was truncated under an operation: it, and what follows, is for system calls.</summary>
    internal bool IsLost => _mapping.IsLost;

    /// <param name="fd">Of a file on a memory file system; stays the caller's.</param>
    /// <returns>Null where a mapping would be a risk or is impossible.</returns>
    internal static MappedFile? Open(int fd, ulong length, bool readOnly)
    {
        // Somebody else may truncate the file at any time.
        if (MemoryMapping.Guard is null || length is 0 or > MaxLength || Environment.SystemPageSize != ResidentPages.PageSize)
            return null;
        // Holes that are read would fill up.
        if (!MemoryMapping.CanFindResident(fd, length))
            return null;
        return MemoryMapping.Map(fd, 0, length, 0, out MemoryMapping? mapping, writable: !readOnly).IsSuccess
            ? new MappedFile(mapping!, new ResidentPages(mapping!))
            : null;
    }

    /// <summary>Copies between the file and the request's pieces.</summary>
    /// <returns>False when a system call must do it; the request is as it was.</returns>
    internal bool TryMove(BlockRequest request)
    {
        ulong offset = request.Offset;
        if (offset > _mapping.Length || request.Length - 1 >= _mapping.Length - offset || !_pages.Has(offset, request.Length))
            return false;
        byte* at = _mapping.Address + offset;
        byte* end = at + request.Length;
        IoVec* pieces = request.PieceList;
        bool write = request.Operation == BlockOperation.Write;
        for (int i = 0; i < request.PieceCount; i++)
        {
            nuint n = Math.Min(pieces[i].Length, (nuint)(end - at));
            if (write)
                Buffer.MemoryCopy(pieces[i].Base, at, n, n);
            else
                Buffer.MemoryCopy(at, pieces[i].Base, n, n);
            at += n;
        }

        return !_mapping.IsLost;
    }

    /// <summary>A system call has written there.</summary>
    internal void Written(ulong offset, ulong length) => _pages.Add(offset, length);

    /// <summary>A system call is about to give that back.</summary>
    internal void Dropped(ulong offset, ulong length) => _pages.Remove(offset, length);

    public void Dispose() => _mapping.Dispose();
}
