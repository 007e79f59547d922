// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Virtio.Memory;

/// <summary>What the device wants to do with memory, and what a translation lets it do.</summary>
[Flags]
public enum MemoryAccess : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    ReadWrite = 3,
}

/// <summary>An I/O virtual address that no translation was known for.</summary>
/// <param name="Address">The first byte that is missing.</param>
/// <param name="Access">What it is wanted for.</param>
public readonly record struct IotlbMiss(ulong Address, MemoryAccess Access);

/// <summary>
/// Translations from I/O virtual addresses, which a driver behind an IOMMU uses (VIRTIO_F_ACCESS_PLATFORM), to the
/// front-end's user addresses. A cache: the front-end adds, replaces and removes entries, and any entry may be
/// forgotten, because what is missing is asked for. Belongs to one thread.
/// </summary>
public sealed class Iotlb
{
    /// <summary>Entries kept at the most; a guest that maps single pages has about as many as requests under way.</summary>
    public const int MaxEntries = 4096;

    private readonly List<Entry> _entries = []; // sorted, without overlaps
    private int _last;
    private uint _victim;
    private IotlbMiss? _miss;

    /// <summary>Translations known now.</summary>
    public int Count => _entries.Count;

    /// <summary>
    /// Adds a translation in place of all that it overlaps. False when it is empty or wraps around; nothing changes then.
    /// Whether the user addresses belong to the guest's memory shows when they are used.
    /// </summary>
    public bool TryAdd(ulong address, ulong size, ulong userAddress, MemoryAccess access)
    {
        if (size == 0 || address + (size - 1) < address || userAddress + (size - 1) < userAddress)
            return false;
        ulong last = address + (size - 1);
        Remove(address, last);
        if (_entries.Count == MaxEntries)
            _entries.RemoveAt((int)(_victim++ % MaxEntries));
        _entries.Insert(LowerBound(address), new Entry(address, last, userAddress, access));
        return true;
    }

    /// <summary>Removes whatever overlaps the range, whole entries at a time.</summary>
    /// <param name="last">The last address, not the one behind it: a range may end with the address space.</param>
    public void Remove(ulong first, ulong last)
    {
        int from = LowerBound(first);
        if (from > 0 && _entries[from - 1].Last >= first)
            from--;
        int to = from;
        while (to < _entries.Count && _entries[to].First <= last)
            to++;
        _entries.RemoveRange(from, to - from);
    }

    public void Clear() => _entries.Clear();

    /// <summary>
    /// The user address for an I/O virtual address, and how many bytes from there on are translated in one piece.
    /// False when there is no translation, or none for this access: then <see cref="TakeMiss"/> says what to ask for.
    /// </summary>
    public bool TryTranslate(ulong address, MemoryAccess access, out ulong userAddress, out ulong contiguous)
    {
        ReadOnlySpan<Entry> entries = CollectionsMarshal.AsSpan(_entries);
        int at = _last;
        if ((uint)at >= (uint)entries.Length || address < entries[at].First || address > entries[at].Last)
            _last = at = LastFrom(address, entries);
        if (at >= entries.Length || address < entries[at].First || address > entries[at].Last || (entries[at].Access & access) != access)
        {
            _miss = new IotlbMiss(address, access);
            userAddress = contiguous = 0;
            return false;
        }

        userAddress = entries[at].User + (address - entries[at].First);
        // An entry of the whole address space has 2^64 bytes, which no ulong holds; it is used piece by piece.
        contiguous = Math.Max(entries[at].Last - address, entries[at].Last - address + 1);
        return true;
    }

    /// <summary>The miss since this was asked last, if there was one.</summary>
    public bool TakeMiss(out IotlbMiss miss)
    {
        miss = _miss.GetValueOrDefault();
        bool missed = _miss.HasValue;
        _miss = null;
        return missed;
    }

    // The first entry that begins at the address or behind it.
    private int LowerBound(ulong address)
    {
        int at = LastFrom(address, CollectionsMarshal.AsSpan(_entries));
        return at < _entries.Count && _entries[at].First < address ? at + 1 : at;
    }

    // The last entry that begins at the address or before it; the first one when there is none such.
    private static int LastFrom(ulong address, ReadOnlySpan<Entry> entries)
    {
        int low = 0;
        int high = entries.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (entries[middle].First <= address)
                low = middle + 1;
            else
                high = middle;
        }

        return Math.Max(low - 1, 0);
    }

    private readonly record struct Entry(ulong First, ulong Last, ulong User, MemoryAccess Access);
}
