// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>
/// Which pages of a file in memory are there, as far as this process knows. A hole that is read through a mapping
/// becomes a page of zeroes, and one that is written may find no memory: both are for system calls. For any thread.
/// </summary>
/// <remarks>
/// The mapping is asked about few pages at a time, when the first of them is needed (mincore(2)): what that costs does not
/// depend on the size of the file, as lseek(2) with SEEK_HOLE does, which walks to the end of one that has no holes.
/// </remarks>
internal sealed class ResidentPages
{
    /// <summary>Bytes of a page.</summary>
    internal const int PageSize = 1 << PageShift;

    private const int PageShift = 12;

    // A stretch is what is asked about together: the pages of a word.
    private const int StretchShift = 6;
    private const int StretchPages = 1 << StretchShift;

    // Pages that were swapped out come back through system calls, of which nobody tells. So of those that are not there
    // every so manieth is a reason to ask again.
    private const int MissesToAskAgain = 64;

    private readonly MemoryMapping _mapping;
    private readonly ulong[] _pages;
    private readonly ulong[] _asked;
    private int _misses;

    /// <param name="mapping">Of the file, from its start; stays the caller's.</param>
    internal ResidentPages(MemoryMapping mapping)
    {
        _mapping = mapping;
        ulong stretches = (mapping.Length >> (PageShift + StretchShift)) + 1;
        _pages = new ulong[stretches];
        _asked = new ulong[(stretches / 64) + 1];
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
        if (Test(_asked, stretch) && ++_misses % MissesToAskAgain != 0)
            return false;
        Interlocked.Or(ref _asked[stretch >> 6], 1UL << (int)stretch);
        ulong at = stretch << (PageShift + StretchShift);
        Span<byte> resident = stackalloc byte[StretchPages];
        int count = (int)Math.Min(StretchPages, (_mapping.Length - at + PageSize - 1) >> PageShift);
        if (_mapping.FindResident(at, resident[..count]).IsError)
            return false;
        ulong found = 0;
        for (int i = 0; i < count; i++)
            found |= (ulong)(resident[i] & 1) << i;
        Interlocked.Or(ref _pages[stretch], found);
        return Test(_pages, page);
    }
}
