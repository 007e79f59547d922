// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The guest memory that a front-end shares: its regions, mapped, and the snapshot that is current.</summary>
internal sealed unsafe class MemoryTable : IDisposable
{
    private List<GuestRegion> _regions = [];

    internal GuestMemory Current { get; private set; } = GuestMemory.Empty;

    /// <summary>Signalled when a region's file was truncated under its mapping; see <see cref="MemoryMapping.Guard"/>.</summary>
    internal OwnedFd? Alarm { get; set; }

    /// <summary>Set while the driver's addresses need translation; a change makes a new snapshot.</summary>
    internal Iotlb? Iotlb
    {
        get => Current.Iotlb;
        set
        {
            // The same regions, so that they cannot be refused.
            _ = TryPublish(_regions, value, out _);
        }
    }

    /// <summary>Whether some region's file may be truncated under the mapping.</summary>
    internal bool CanShrink { get; private set; }

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
        Current.Release();
        Current = GuestMemory.Empty;
        GuestMemory.Empty.Retain();
        _regions = [];
    }

    private bool TryPublish(List<GuestRegion> regions, out string problem) => TryPublish(regions, Iotlb, out problem);

    private bool TryPublish(List<GuestRegion> regions, Iotlb? iotlb, out string problem)
    {
        if (!GuestMemory.TryCreate(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(regions), iotlb, out GuestMemory memory, out problem))
            return false;
        // The new snapshot holds what stays before the old one lets go.
        Current.Release();
        Current = memory;
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
