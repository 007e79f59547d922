// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>
/// Which pages of a file in memory are there, as far as this process knows. A hole that is read through a mapping
/// becomes a page of zeroes, and one that is written may find no memory: both are for system calls. For any thread.
/// </summary>
internal sealed class ResidentPages
{
    /// <summary>Bytes of a page.</summary>
    internal const int PageSize = 1 << PageShift;

    private const int PageShift = 12;

    // The file is asked about so many pages at a time, when the first of them is needed.
    private const int StretchShift = 9;
    private const int StretchPages = 1 << StretchShift;

    private readonly int _fd;
    private readonly ulong _length;
    private readonly ulong[] _pages;
    private readonly ulong[] _known;

    /// <param name="fd">The file's; stays the caller's.</param>
    /// <param name="length">Bytes of the file.</param>
    internal ResidentPages(int fd, ulong length)
    {
        _fd = fd;
        _length = length;
        ulong stretches = (length >> (PageShift + StretchShift)) + 1;
        _pages = new ulong[stretches * (StretchPages / 64)];
        _known = new ulong[(stretches / 64) + 1];
    }

    /// <summary>Whether all bytes of a range are there.</summary>
    /// <param name="length">At least 1, and within the file.</param>
    internal bool Has(ulong offset, ulong length)
    {
        ulong last = (offset + length - 1) >> PageShift;
        for (ulong page = offset >> PageShift; page <= last; page++)
        {
            if (!Test(_pages, page) && !Find(page))
                return false;
        }

        return true;
    }

    /// <summary>A range was written by a system call: its pages are there.</summary>
    internal void Add(ulong offset, ulong length)
    {
        for (ulong page = offset >> PageShift; length > 0 && page <= (offset + length - 1) >> PageShift; page++)
            Interlocked.Or(ref _pages[page >> 6], 1UL << (int)page);
    }

    /// <summary>A range was given back.</summary>
    internal void Remove(ulong offset, ulong length)
    {
        for (ulong page = offset >> PageShift; length > 0 && page <= (offset + length - 1) >> PageShift; page++)
            Interlocked.And(ref _pages[page >> 6], ~(1UL << (int)page));
    }

    private static bool Test(ulong[] bits, ulong at) => (bits[at >> 6] >> (int)at & 1) != 0;

    private bool Find(ulong page)
    {
        ulong stretch = page >> StretchShift;
        if (Test(_known, stretch))
            return false;
        Interlocked.Or(ref _known[stretch >> 6], 1UL << (int)stretch);
        ulong at = stretch << (PageShift + StretchShift);
        ulong end = Math.Min(_length, at + (StretchPages << PageShift));
        while (at < end && DiskIo.Seek(_fd, hole: false, at, out ulong data).IsSuccess && data < end
            && DiskIo.Seek(_fd, hole: true, data, out ulong hole).IsSuccess && hole > data)
        {
            at = Math.Min(hole, end);
            // Whole pages only, but for the end of the file.
            ulong first = (data + PageSize - 1) >> PageShift;
            ulong behind = at == _length ? (at + PageSize - 1) >> PageShift : at >> PageShift;
            for (ulong each = first; each < behind; each++)
                Interlocked.Or(ref _pages[each >> 6], 1UL << (int)each);
        }

        return Test(_pages, page);
    }
}
