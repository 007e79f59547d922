// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.FrontEnd;

/// <content>First-fit allocation of guest memory. Its books are private, so a back-end cannot corrupt them.</content>
public sealed unsafe partial class FrontEndMemory
{
    // Free extents, in no order; adjacent ones of the same region are joined when one is freed.
    private readonly List<Extent> _free = [];
    private readonly Dictionary<ulong, ulong> _allocated = [];

    /// <summary>Bytes that no allocation holds.</summary>
    public ulong FreeBytes => _free.Aggregate(0UL, (sum, extent) => sum + extent.Length);

    /// <summary>Takes memory within one region; its content is what a former user left there (zero at first).</summary>
    /// <param name="length">Bytes, at least 1.</param>
    /// <param name="alignment">Of the guest address; a power of two.</param>
    /// <returns>The guest address, for <see cref="Free"/>.</returns>
    /// <exception cref="InsufficientMemoryException">No region has so much free in one piece.</exception>
    public ulong Allocate(ulong length, ulong alignment = 16)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        if (!ulong.IsPow2(alignment))
            throw new ArgumentOutOfRangeException(nameof(alignment));
        for (int i = 0; i < _free.Count; i++)
        {
            Extent extent = _free[i];
            ulong start = (extent.Start + alignment - 1) & ~(alignment - 1);
            ulong skipped = start - extent.Start;
            if (start >= extent.Start && skipped < extent.Length && length <= extent.Length - skipped)
                return Take(i, start, length);
        }

        throw new InsufficientMemoryException($"guest memory has no {length} bytes free in one piece");
    }

    /// <summary>Takes the very bytes at a guest address, within one region.</summary>
    /// <exception cref="InsufficientMemoryException">Some of them are taken, or in no region.</exception>
    public void AllocateAt(ulong guestAddress, ulong length)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        int i = _free.FindIndex(e => guestAddress - e.Start < e.Length && length <= e.Length - (guestAddress - e.Start));
        if (i < 0)
            throw new InsufficientMemoryException($"the {length} bytes at guest address {guestAddress:x} are not free");
        Take(i, guestAddress, length);
    }

    /// <summary>Gives back what <see cref="Allocate"/> or <see cref="AllocateAt"/> took.</summary>
    /// <exception cref="ArgumentException">Nothing was allocated there.</exception>
    public void Free(ulong guestAddress)
    {
        if (!_allocated.Remove(guestAddress, out ulong length))
            throw new ArgumentException($"nothing is allocated at guest address {guestAddress:x}", nameof(guestAddress));

        FrontEndRegion region = RegionOf(guestAddress);
        Extent joined = new(guestAddress, length);
        for (int i = _free.Count - 1; i >= 0; i--)
        {
            Extent other = _free[i];
            bool before = other.Start + other.Length == joined.Start && other.Start - region.GuestAddress < region.Size;
            bool after = joined.Start + joined.Length == other.Start && other.Start - region.GuestAddress < region.Size;
            if (!before && !after)
                continue;
            joined = new Extent(before ? other.Start : joined.Start, joined.Length + other.Length);
            _free.RemoveAt(i);
        }

        _free.Add(joined);
    }

    private ulong Take(int index, ulong start, ulong length)
    {
        Extent extent = _free[index];
        _free.RemoveAt(index);
        if (start > extent.Start)
            _free.Insert(index++, new Extent(extent.Start, start - extent.Start));
        ulong rest = extent.Start + extent.Length - (start + length);
        if (rest > 0)
            _free.Insert(index, new Extent(start + length, rest));
        _allocated.Add(start, length);
        return start;
    }

    private void ForgetExtents(FrontEndRegion region)
    {
        _free.RemoveAll(e => e.Start - region.GuestAddress < region.Size);
        foreach (ulong start in _allocated.Keys.Where(a => a - region.GuestAddress < region.Size).ToArray())
            _allocated.Remove(start);
    }

    private readonly record struct Extent(ulong Start, ulong Length);
}
