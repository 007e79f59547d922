// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Memory;

/// <summary>
/// An immutable snapshot of a guest's memory. A change of the memory table makes a new snapshot; chains that were
/// taken from the ring before keep the old one mapped until they are completed. Belongs to one thread.
/// </summary>
public sealed unsafe class GuestMemory
{
    /// <summary>The most regions; as many as other front-ends and back-ends of this field handle.</summary>
    public const int MaxRegions = 509;

    private readonly GuestRegion[] _byGuest;
    private readonly GuestRegion[] _byUser;
    private GuestRegion _last;
    private int _references = 1;

    private GuestMemory(GuestRegion[] byGuest, GuestRegion[] byUser)
    {
        _byGuest = byGuest;
        _byUser = byUser;
        // Never matches an address, so that the look-up needs no null check.
        _last = byGuest.Length > 0 ? byGuest[0] : new GuestRegion(0, 0, null, 0, null);
        foreach (GuestRegion region in byGuest)
            region.Retain();
    }

    /// <summary>No memory at all. Shared by all threads: without regions its count of holders means nothing.</summary>
    public static GuestMemory Empty { get; } = new([], []);

    public ReadOnlySpan<GuestRegion> Regions => _byGuest;

    /// <summary>
    /// Makes a snapshot of these regions, which must be non-empty, must not wrap around and must not overlap, neither
    /// in guest nor in user addresses. The creator holds one reference and ends it with <see cref="Release"/>.
    /// </summary>
    public static bool TryCreate(ReadOnlySpan<GuestRegion> regions, out GuestMemory memory, out string problem)
    {
        memory = Empty;
        if (regions.Length > MaxRegions)
        {
            problem = $"{regions.Length} memory regions, at most {MaxRegions} are possible";
            return false;
        }

        foreach (GuestRegion r in regions)
        {
            if (r.Size == 0 || r.GuestAddress > ulong.MaxValue - r.Size || r.UserAddress > ulong.MaxValue - r.Size)
            {
                problem = $"memory region at 0x{r.GuestAddress:x} of 0x{r.Size:x} bytes is empty or wraps around";
                return false;
            }
        }

        GuestRegion[] byGuest = regions.ToArray();
        GuestRegion[] byUser = regions.ToArray();
        Array.Sort(byGuest, static (a, b) => a.GuestAddress.CompareTo(b.GuestAddress));
        Array.Sort(byUser, static (a, b) => a.UserAddress.CompareTo(b.UserAddress));
        for (int i = 1; i < byGuest.Length; i++)
        {
            if (byGuest[i].GuestAddress - byGuest[i - 1].GuestAddress < byGuest[i - 1].Size)
            {
                problem = $"memory regions overlap at guest address 0x{byGuest[i].GuestAddress:x}";
                return false;
            }

            if (byUser[i].UserAddress - byUser[i - 1].UserAddress < byUser[i - 1].Size)
            {
                problem = $"memory regions overlap at user address 0x{byUser[i].UserAddress:x}";
                return false;
            }
        }

        memory = new GuestMemory(byGuest, byUser);
        problem = "";
        return true;
    }

    /// <summary>The byte at a guest address, and how many bytes follow in the same region. Null when unmapped.</summary>
    public byte* Translate(ulong guestAddress, out ulong contiguous)
    {
        GuestRegion region = _last;
        ulong offset = guestAddress - region.GuestAddress;
        if (offset >= region.Size)
        {
            GuestRegion? found = Find<ByGuest>(_byGuest, guestAddress);
            if (found is null)
            {
                contiguous = 0;
                return null;
            }

            _last = region = found;
            offset = guestAddress - region.GuestAddress;
        }

        contiguous = region.Size - offset;
        return region.Host + offset;
    }

    /// <summary>Translates a range that must lie within one region, by guest address.</summary>
    public bool TryTranslate(ulong guestAddress, ulong length, out byte* host)
    {
        host = Translate(guestAddress, out ulong contiguous);
        return host != null && length <= contiguous;
    }

    /// <summary>Translates a range that must lie within one region, by the front-end's user address.</summary>
    public bool TryTranslateUser(ulong userAddress, ulong length, out byte* host)
    {
        GuestRegion? region = Find<ByUser>(_byUser, userAddress);
        ulong offset = region is null ? 0 : userAddress - region.UserAddress;
        if (region is null || length > region.Size - offset)
        {
            host = null;
            return false;
        }

        host = region.Host + offset;
        return true;
    }

    /// <summary>Copies out of guest memory across regions; false (with nothing promised about the target) when any byte is unmapped.</summary>
    public bool TryRead(ulong guestAddress, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            byte* p = Translate(guestAddress, out ulong contiguous);
            if (p == null)
                return false;
            int n = (int)Math.Min((ulong)target.Length, contiguous);
            new ReadOnlySpan<byte>(p, n).CopyTo(target);
            target = target[n..];
            guestAddress += (ulong)n;
        }

        return true;
    }

    /// <summary>Adds a holder, for example a chain in flight.</summary>
    public void Retain() => _references++;

    /// <summary>Ends one hold; the last one unmaps what no other snapshot uses.</summary>
    public void Release()
    {
        if (--_references != 0)
            return;
        foreach (GuestRegion region in _byGuest)
            region.Release();
    }

    private static GuestRegion? Find<TSpace>(GuestRegion[] sorted, ulong address)
        where TSpace : struct, ISpace
    {
        int low = 0;
        int high = sorted.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            GuestRegion region = sorted[middle];
            if (address < TSpace.Start(region))
                high = middle - 1;
            else if (address - TSpace.Start(region) >= region.Size)
                low = middle + 1;
            else
                return region;
        }

        return null;
    }

    // A type parameter and not a delegate: the look-up is inlined, once per address space.
    private interface ISpace
    {
        static abstract ulong Start(GuestRegion region);
    }

    private readonly struct ByGuest : ISpace
    {
        public static ulong Start(GuestRegion region) => region.GuestAddress;
    }

    private readonly struct ByUser : ISpace
    {
        public static ulong Start(GuestRegion region) => region.UserAddress;
    }
}
