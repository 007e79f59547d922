// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// The guest memory that a front-end shares: its regions, mapped, and the snapshot that is current, of which each thread
/// that serves rings has its own.
/// </summary>
internal sealed unsafe class MemoryTable : IDisposable
{
    private readonly GuestMemory[] _current;
    private List<GuestRegion> _regions = [];

    /// <param name="threads">How many there are.</param>
    internal MemoryTable(int threads)
    {
        _current = new GuestMemory[threads];
        Array.Fill(_current, GuestMemory.Empty);
    }

    /// <summary>That of the first thread.</summary>
    internal GuestMemory Current => _current[0];

    /// <summary>Signalled when a region's file was truncated under its mapping; see <see cref="MemoryMapping.Guard"/>.</summary>
    internal OwnedFd? Alarm { get; set; }

    /// <summary>The driver's addresses need translation; a change makes new snapshots.</summary>
    internal bool IsTranslated
    {
        get => Current.Iotlb is not null;
        set
        {
            // The same regions, so that they cannot be refused.
            _ = TryPublish(_regions, renewsIotlb: true, value, out _);
        }
    }

    /// <summary>The translations of each thread, all of which are to know the same; none when nothing is translated.</summary>
    internal IEnumerable<Iotlb> Iotlbs => _current.Select(static m => m.Iotlb).OfType<Iotlb>();

    /// <summary>Whether some region's file may be truncated under the mapping.</summary>
    internal bool CanShrink { get; private set; }

    /// <summary>The snapshot of a thread.</summary>
    internal GuestMemory Of(int thread) => _current[thread];

    /// <summary>SET_MEM_TABLE: these regions instead of all former ones. Nothing changes unless all of it is good.</summary>
    internal bool TryReplace(ReadOnlySpan<MemoryRegionEntry> entries, Func<int, OwnedFd?> takeFd, out string problem)
    {
        List<GuestRegion> made = [];
        for (int i = 0; i < entries.Length; i++)
        {
            if (!TryMap(entries[i], takeFd(i), out GuestRegion? region, out problem))
            {
                Drop(made);
                return false;
            }

            made.Add(region!);
        }

        if (TryPublish(made, out problem))
            return true;
        Drop(made);
        return false;
    }

    /// <summary>ADD_MEM_REG.</summary>
    internal bool TryAdd(MemoryRegionEntry entry, OwnedFd? fd, out string problem)
    {
        if (!TryMap(entry, fd, out GuestRegion? region, out problem))
            return false;
        if (TryPublish([.. _regions, region!], out problem))
            return true;
        Drop([region!]);
        return false;
    }

    /// <summary>REM_MEM_REG: the region is named by its addresses and size; its offset in the file does not matter.</summary>
    internal bool TryRemove(MemoryRegionEntry entry, out string problem)
    {
        int index = _regions.FindIndex(r => r.GuestAddress == entry.GuestAddress && r.UserAddress == entry.UserAddress && r.Size == entry.Size);
        if (index < 0)
        {
            problem = $"there is no memory region at 0x{entry.GuestAddress:x} of 0x{entry.Size:x} bytes";
            return false;
        }

        List<GuestRegion> rest = [.. _regions];
        rest.RemoveAt(index);
        return TryPublish(rest, out problem);
    }

    public void Dispose()
    {
        foreach (GuestMemory memory in _current)
            memory.Release();
        Array.Fill(_current, GuestMemory.Empty);
        _regions = [];
    }

    private bool TryPublish(List<GuestRegion> regions, out string problem) => TryPublish(regions, renewsIotlb: false, translates: false, out problem);

    private bool TryPublish(List<GuestRegion> regions, bool renewsIotlb, bool translates, out string problem)
    {
        problem = "";
        for (int i = 0; i < _current.Length; i++)
        {
            Iotlb? iotlb = renewsIotlb ? translates ? new Iotlb() : null : _current[i].Iotlb;
            // The first one is refused or none, because they are all alike.
            if (!GuestMemory.TryCreate(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(regions), iotlb, out GuestMemory memory, out problem))
                return false;
            // The new snapshot holds what stays before the old one lets go.
            _current[i].Release();
            _current[i] = memory;
        }

        _regions = regions;
        return true;
    }

    private bool TryMap(MemoryRegionEntry entry, OwnedFd? fd, out GuestRegion? region, out string problem)
    {
        region = null;
        using OwnedFd? owner = fd; // the mapping outlives the descriptor
        string name = $"memory region at 0x{entry.GuestAddress:x} of 0x{entry.Size:x} bytes";
        if (owner is null)
        {
            problem = $"{name} came without a file descriptor; is the guest's memory shared (share=on)?";
            return false;
        }

        if (!SharedFile.TryMap(owner, entry.MmapOffset, entry.Size, name, Alarm, out MemoryMapping? mapping, out bool canShrink, out problem))
            return false;
        CanShrink |= canShrink;
        region = new GuestRegion(entry.GuestAddress, entry.UserAddress, mapping!.Address, entry.Size, mapping);
        return true;
    }

    private static void Drop(List<GuestRegion> regions)
    {
        foreach (GuestRegion region in regions)
            region.Discard();
    }
}
