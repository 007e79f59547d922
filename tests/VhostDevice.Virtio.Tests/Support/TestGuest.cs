// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Tests.Support;

/// <summary>A guest's memory in native memory, and the driver's view of it by guest address.</summary>
internal sealed unsafe class TestGuest
{
    /// <summary>What a front-end adds to a guest address to get its own user address.</summary>
    public const ulong UserOffset = 0x7f00_0000_0000;

    private readonly List<GuestRegion> _regions = [];

    public TestGuest(params (ulong Address, ulong Size)[] regions)
    {
        foreach ((ulong address, ulong size) in regions)
            Add(address, size);
        Memory = Snapshot();
    }

    /// <summary>The current snapshot, at first of all regions given to the constructor. The guest holds one reference.</summary>
    public GuestMemory Memory { get; private set; }

    public List<CountingBacking> Backings { get; } = [];

    public IReadOnlyList<GuestRegion> Regions => _regions;

    public int Disposals => Backings.Sum(static b => b.Disposals);

    /// <summary>Makes a region that later snapshots contain.</summary>
    public GuestRegion Add(ulong address, ulong size)
    {
        CountingBacking backing = new(size);
        Backings.Add(backing);
        GuestRegion region = new(address, address + UserOffset, backing.Host, size, backing);
        _regions.Add(region);
        return region;
    }

    /// <summary>A snapshot of the regions as they are now, without those left out.</summary>
    public GuestMemory Snapshot(params ReadOnlySpan<GuestRegion> without)
    {
        List<GuestRegion> kept = [.. _regions];
        foreach (GuestRegion region in without)
            kept.Remove(region);
        Assert.True(GuestMemory.TryCreate(CollectionsMarshal.AsSpan(kept), out GuestMemory memory, out string problem), problem);
        return memory;
    }

    /// <summary>Changes the table under a queue, as its owner does.</summary>
    public bool Change(OwnedVirtqueue queue, params ReadOnlySpan<GuestRegion> without)
    {
        GuestMemory next = Snapshot(without);
        bool found = queue.TryChangeMemory(next);
        Memory.Release();
        Memory = next;
        return found;
    }

    public byte* Host(ulong address)
    {
        foreach (GuestRegion region in _regions)
        {
            if (address - region.GuestAddress < region.Size)
                return region.Host + (address - region.GuestAddress);
        }

        throw new ArgumentOutOfRangeException(nameof(address));
    }

    /// <summary>A range within one region.</summary>
    public Span<byte> Span(ulong address, int length) => new(Host(address), length);

    public void Fill(ulong address, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            *Host(address++) = b;
    }

    public byte[] Copy(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = *Host(address + (ulong)i);
        return bytes;
    }
}
