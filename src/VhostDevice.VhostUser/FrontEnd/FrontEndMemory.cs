// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>
/// Guest memory as a front-end owns it: regions on memory files at chosen guest addresses, with an allocator for rings
/// and buffers. Not thread-safe; the memory itself is shared with the back-end.
/// </summary>
public sealed unsafe partial class FrontEndMemory : IDisposable
{
    /// <summary>Where the region of <see cref="FrontEndMemory(ulong)"/> begins: not 0, so that a forgotten translation shows.</summary>
    public const ulong DefaultGuestAddress = 0x4000_0000;

    private readonly List<FrontEndRegion> _regions = [];

    /// <summary>One region of <paramref name="size"/> bytes at <see cref="DefaultGuestAddress"/>.</summary>
    public FrontEndMemory(ulong size)
        : this([new RegionLayout(DefaultGuestAddress, size)])
    {
    }

    public FrontEndMemory(ReadOnlySpan<RegionLayout> layouts)
    {
        foreach (RegionLayout layout in layouts)
            AddRegion(layout);
    }

    public IReadOnlyList<FrontEndRegion> Regions => _regions;

    /// <summary>Adds a region, mapped here. The back-end learns of it by SET_MEM_TABLE or ADD_MEM_REG.</summary>
    /// <exception cref="ArgumentException">It overlaps another one, or an address range wraps around.</exception>
    public FrontEndRegion AddRegion(RegionLayout layout)
    {
        if (layout.Size == 0 || layout.GuestAddress + layout.Size < layout.GuestAddress)
            throw new ArgumentException($"region of {layout.Size} bytes at {layout.GuestAddress:x} is empty or wraps around", nameof(layout));
        foreach (FrontEndRegion other in _regions)
        {
            if (layout.GuestAddress < other.GuestAddress + other.Size && other.GuestAddress < layout.GuestAddress + layout.Size)
                throw new ArgumentException($"region at {layout.GuestAddress:x} overlaps the one at {other.GuestAddress:x}", nameof(layout));
        }

        FrontEndRegion region = FrontEndRegion.Create(layout);
        _regions.Add(region);
        _free.Add(new Extent(region.GuestAddress, region.Size));
        return region;
    }

    /// <summary>Unmaps a region and closes its file. Everything allocated in it is gone.</summary>
    public void RemoveRegion(FrontEndRegion region)
    {
        if (!_regions.Remove(region))
            throw new ArgumentException("the region is not part of this memory", nameof(region));
        ForgetExtents(region);
        region.Dispose();
    }

    /// <summary>The regions as SET_MEM_TABLE carries them. The descriptors stay this memory's.</summary>
    public void Table(out MemoryRegionEntry[] entries, out int[] fds)
    {
        entries = [.. _regions.Select(r => r.Entry)];
        fds = [.. _regions.Select(r => r.File.Fd)];
    }

    /// <summary>The bytes at a guest address, within one region.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No region holds all of them.</exception>
    public byte* Pointer(ulong guestAddress, ulong length = 1)
    {
        FrontEndRegion region = RegionOf(guestAddress);
        ulong offset = guestAddress - region.GuestAddress;
        if (length > region.Size - offset)
            throw new ArgumentOutOfRangeException(nameof(length), $"{length} bytes at guest address {guestAddress:x} leave the region");
        return region.Pointer + offset;
    }

    /// <summary>The bytes at a guest address, within one region.</summary>
    public Span<byte> Span(ulong guestAddress, int length) => new(Pointer(guestAddress, (ulong)length), length);

    /// <summary>What SET_VRING_ADDR calls the guest address.</summary>
    public ulong UserAddress(ulong guestAddress)
    {
        FrontEndRegion region = RegionOf(guestAddress);
        return region.UserAddress + (guestAddress - region.GuestAddress);
    }

    /// <summary>Copies into guest memory; the range may go on in regions that follow without a gap.</summary>
    public void Write(ulong guestAddress, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            Span<byte> piece = Piece(guestAddress, data.Length);
            data[..piece.Length].CopyTo(piece);
            data = data[piece.Length..];
            guestAddress += (ulong)piece.Length;
        }
    }

    /// <summary>Copies out of guest memory; the range may go on in regions that follow without a gap.</summary>
    public void Read(ulong guestAddress, Span<byte> data)
    {
        while (data.Length > 0)
        {
            Span<byte> piece = Piece(guestAddress, data.Length);
            piece.CopyTo(data);
            data = data[piece.Length..];
            guestAddress += (ulong)piece.Length;
        }
    }

    /// <summary>Unmaps everything. Pointers and spans handed out must not be used afterwards.</summary>
    public void Dispose()
    {
        foreach (FrontEndRegion region in _regions)
            region.Dispose();
        _regions.Clear();
    }

    private Span<byte> Piece(ulong guestAddress, int wanted)
    {
        FrontEndRegion region = RegionOf(guestAddress);
        ulong offset = guestAddress - region.GuestAddress;
        return new Span<byte>(region.Pointer + offset, (int)Math.Min((ulong)wanted, region.Size - offset));
    }

    private FrontEndRegion RegionOf(ulong guestAddress)
    {
        foreach (FrontEndRegion region in _regions)
        {
            if (guestAddress - region.GuestAddress < region.Size)
                return region;
        }

        throw new ArgumentOutOfRangeException(nameof(guestAddress), $"guest address {guestAddress:x} is in no region");
    }
}
