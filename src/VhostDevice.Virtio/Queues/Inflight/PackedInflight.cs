// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;

namespace VhostDevice.Virtio.Queues.Inflight;

/// <summary>
/// The record of the requests of a packed ring that are in flight (vhost-user specification, "Inflight I/O tracking").
/// Used descriptors overwrite those of requests in flight, so the record has copies of them.
/// </summary>
/// <remarks>
/// <para>What counts after a kill is the order of the stores in the program, as for a split ring.</para>
/// <para>
/// Entries are either in the free list or belong to a chain, whose entries follow one another as they did in the free
/// list. Two groups of fields have a current and an old value: as long as they differ, something was begun. Each group
/// lies in eight bytes that are aligned, and is stored as one: the specification's sequence of single stores has a
/// moment, when the position has moved around the end of the ring, at which its own rules decide wrongly.
/// </para>
/// </remarks>
internal sealed unsafe class PackedInflight
{
    private readonly PackedInflightHeader* _header;
    private readonly PackedInflightDescriptor* _entries;
    private readonly ushort _count;
    private readonly Action? _stored;

    // The links, what the chains consist of, and the heads of the batch, where the front-end cannot change them under our feet.
    private readonly ushort[] _next;
    private readonly ushort[] _last;
    private readonly ushort[] _chainCount;
    private readonly ushort[] _batch;
    private int _batched;
    private int _free;
    private ushort _freeHead;
    private ushort _freeAfterBatch;
    private ulong _counter;
    private PackedPosition _used;

    private PackedInflight(InflightRegion region)
    {
        _header = (PackedInflightHeader*)region.Start;
        _entries = (PackedInflightDescriptor*)(region.Start + PackedInflightHeader.Size);
        _count = region.Descriptors;
        _stored = region.Stored;
        _next = new ushort[_count];
        _last = new ushort[_count];
        _chainCount = new ushort[_count];
        _batch = new ushort[_count];
    }

    /// <summary>Where the driver sees the device.</summary>
    internal PackedPosition Used => _used;

    /// <summary>Opens a region for a ring that starts, settles what a crash left behind, and lists what must be served again.</summary>
    /// <param name="size">The ring's size; the region may be for larger ones.</param>
    /// <param name="used">Where the device writes next in a ring with an unused region.</param>
    /// <param name="leftovers">The chains in flight, in the order in which they were taken; null for an unused region.</param>
    /// <param name="problem">Why the region cannot be used when the result is false.</param>
    internal static bool TryOpen(
        InflightRegion region, ushort size, PackedPosition used, PackedDescriptor* ring,
        [NotNullWhen(true)] out PackedInflight? record, out List<PackedLeftover>? leftovers, out string problem)
    {
        record = null;
        leftovers = null;
        if (region.Descriptors < size)
        {
            problem = $"the record of requests in flight is for rings of {region.Descriptors}, the ring has {size}";
            return false;
        }

        PackedInflight made = new(region);
        PackedInflightHeader found = *(PackedInflightHeader*)region.Start;
        if (found.Version == 0)
        {
            made.Initialize(used);
        }
        else if (found.Version != InflightRegion.Version || found.Features != 0 || found.DescriptorCount != region.Descriptors
            || found.UsedIndex >= size || found.OldUsedIndex >= size)
        {
            problem =
                $"the record of requests in flight has version {found.Version}, features 0x{found.Features:x} and "
                    + $"{found.DescriptorCount} descriptors: not one of ours";
            return false;
        }
        else
        {
            made.Settle(found, ring);
            if (!made.TryCollect(size, out leftovers))
            {
                problem = "the record of requests in flight contradicts itself";
                return false;
            }
        }

        record = made;
        problem = "";
        return true;
    }

    /// <summary>A chain was taken out of the ring.</summary>
    /// <param name="ring">The ring, where its descriptors still are.</param>
    /// <param name="index">The first one's place.</param>
    /// <param name="size">The ring's size.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="id">The chain's id, as it was read.</param>
    /// <param name="entry">The chain's first entry.</param>
    /// <returns>False: a driver that overwrites descriptors in flight has used up all entries.</returns>
    internal bool TryTaken(PackedDescriptor* ring, int index, int size, int count, ushort id, out ushort entry)
    {
        entry = _freeHead;
        if (count > _free)
            return false;
        ushort last = entry;
        ushort next = entry;
        for (int i = 0; i < count; i++)
        {
            last = next;
            PackedDescriptor d = ring[index];
            ref PackedInflightDescriptor copy = ref _entries[last];
            copy.Address = d.Address;
            copy.Length = d.Length;
            copy.Flags = d.Flags;
            copy.Id = i == count - 1 ? id : d.Id;
            next = _next[last];
            if (++index == size)
                index = 0;
        }

        // Crash before the very last store: the entries are in the free list, so the mark does not count.
        ref PackedInflightDescriptor head = ref _entries[entry];
        _chainCount[entry] = head.Count = (ushort)count;
        _last[entry] = head.Last = last;
        head.Counter = _counter++;
        Stored();
        Volatile.Write(ref head.InFlight, 1);
        Stored();
        _freeHead = next;
        _free -= count;
        StoreFree(next, next);
        return true;
    }

    /// <summary>The chain that was taken last lies in the ring again.</summary>
    internal void Untaken(ushort entry, int count)
    {
        _freeHead = entry;
        _free += count;
        StoreFree(entry, entry);
        Volatile.Write(ref _entries[entry].InFlight, 0);
        Stored();
    }

    /// <summary>A chain was completed, which the driver does not see yet. Nothing is stored: chains may be taken before it does.</summary>
    internal void Completed(ushort entry) => _batch[_batched++] = entry;

    /// <summary>The driver is about to see all completed chains, by one store to the ring.</summary>
    /// <param name="used">Where the device writes next after it.</param>
    internal void Publishing(PackedPosition used)
    {
        ushort free = _freeHead;
        for (int i = 0; i < _batched; i++)
        {
            ushort entry = _batch[i];
            ushort last = _last[entry];
            _next[last] = free;
            Volatile.Write(ref _entries[last].Next, free);
            Stored();
            free = entry;
        }

        // Crash from here to the store to the ring: the descriptor where the batch begins is still available, and all
        // of this is taken back.
        _freeAfterBatch = free;
        StoreFree(free, _freeHead);
        StorePositions(used, _used);
        _used = used;
    }

    /// <summary>The driver sees all completed chains.</summary>
    internal void Published()
    {
        // Crash before the last store: the descriptor where the batch begins is used, and the successor does all this.
        Stored();
        for (int i = 0; i < _batched; i++)
        {
            Volatile.Write(ref _entries[_batch[i]].InFlight, 0);
            Stored();
            _free += _chainCount[_batch[i]];
        }

        _batched = 0;
        _freeHead = _freeAfterBatch;
        StoreFree(_freeHead, _freeHead);
        StorePositions(_used, _used);
    }

    private void Initialize(PackedPosition used)
    {
        // Unused until the very last store.
        Volatile.Write(ref _header->Version, 0);
        for (int i = 0; i < _count; i++)
        {
            _entries[i] = new PackedInflightDescriptor { Next = (ushort)(i + 1) };
            _next[i] = (ushort)(i + 1);
        }

        _header->Features = 0;
        _header->DescriptorCount = _count;
        _header->FreeHead = _header->OldFreeHead = 0;
        StorePositions(used, used);
        _used = used;
        _free = _count;
        Volatile.Write(ref _header->Version, InflightRegion.Version);
        Stored();
    }

    // What was begun is finished if the driver sees it, and taken back if not.
    private void Settle(PackedInflightHeader found, PackedDescriptor* ring)
    {
        PackedPosition begun = new(found.UsedIndex, found.UsedWrapCounter != 0);
        PackedPosition old = new(found.OldUsedIndex, found.OldUsedWrapCounter != 0);
        _used = old;
        _freeHead = found.OldFreeHead;
        if (begun != old && !IsAvailable(ring[old.Index].Flags, old.Wrap))
        {
            _used = begun;
            _freeHead = found.FreeHead;
        }

        StoreFree(_freeHead, _freeHead);
        StorePositions(_used, _used);
    }

    // virtio 1.3 §2.8.1: available to the device in the lap of this wrap counter.
    private static bool IsAvailable(ushort flags, bool wrap) =>
        (flags & (PackedDescriptor.Available | PackedDescriptor.Used)) == (wrap ? PackedDescriptor.Available : PackedDescriptor.Used);

    // Reads each entry once. Every entry is in the free list or in one chain, or the record is refused.
    private bool TryCollect(int size, out List<PackedLeftover>? leftovers)
    {
        leftovers = null;
        PackedInflightDescriptor[] all = new ReadOnlySpan<PackedInflightDescriptor>(_entries, _count).ToArray();
        for (int i = 0; i < _count; i++)
            _next[i] = all[i].Next;
        bool[] seen = new bool[_count];
        for (ushort at = _freeHead; at < _count; at = _next[at])
        {
            if (seen[at])
                return false;
            seen[at] = true;
            _free++;
            if (all[at].InFlight == 0)
                continue;
            // Its chain was completed, or never quite taken.
            all[at].InFlight = 0;
            Volatile.Write(ref _entries[at].InFlight, 0);
            Stored();
        }

        List<PackedLeftover> found = [];
        int held = 0;
        for (ushort head = 0; head < _count; head++)
        {
            if (all[head].InFlight != 1)
                continue;
            PackedDescriptor[] descriptors = new PackedDescriptor[Math.Min(all[head].Count, _count)];
            ushort at = head;
            for (int i = 0; i < descriptors.Length; i++)
            {
                if (at >= _count || seen[at])
                    return false;
                seen[at] = true;
                descriptors[i] = new PackedDescriptor { Address = all[at].Address, Length = all[at].Length, Flags = all[at].Flags, Id = all[at].Id };
                _last[head] = at;
                at = _next[at];
            }

            _chainCount[head] = (ushort)descriptors.Length;
            held += descriptors.Length;
            if (descriptors.Length == 0)
                return false;
            found.Add(new PackedLeftover(head, all[head].Counter, descriptors));
        }

        found.Sort(static (a, b) => a.Counter.CompareTo(b.Counter));
        _counter = found.Count > 0 ? found[^1].Counter + 1 : 0;
        leftovers = found;
        return held <= size;
    }

    // Version and number of descriptors lie in the same eight bytes and never change.
    private void StoreFree(ushort head, ushort old)
    {
        ulong value = InflightRegion.Version | ((ulong)_count << 16) | ((ulong)head << 32) | ((ulong)old << 48);
        Volatile.Write(ref *(ulong*)&_header->Version, value);
        Stored();
    }

    private void StorePositions(PackedPosition used, PackedPosition old)
    {
        ulong value = used.Index | ((ulong)old.Index << 16) | (used.Wrap ? 1UL << 32 : 0) | (old.Wrap ? 1UL << 40 : 0);
        Volatile.Write(ref *(ulong*)&_header->UsedIndex, value);
        Stored();
    }

    private void Stored() => _stored?.Invoke();
}
