// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Linux;

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
    private GuestRegion[]? _byHost;
    private GuestRegion _last;
    private HeldRegions? _held;
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
    /// Set when the driver's addresses are I/O virtual ones (VIRTIO_F_ACCESS_PLATFORM): those of buffers, indirect
    /// tables and rings. Null: buffers are given by guest-physical, rings by user address.
    /// </summary>
    public Iotlb? Iotlb { get; init; }

    /// <summary>
    /// Makes a snapshot of these regions, which must be non-empty, must not wrap around and must not overlap, neither
    /// in guest nor in user addresses. The creator holds one reference and ends it with <see cref="Release"/>.
    /// </summary>
    /// <param name="iotlb">See <see cref="Iotlb"/>.</param>
    public static bool TryCreate(ReadOnlySpan<GuestRegion> regions, Iotlb? iotlb, out GuestMemory memory, out string problem)
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

        memory = new GuestMemory(byGuest, byUser) { Iotlb = iotlb };
        problem = "";
        return true;
    }

    /// <inheritdoc cref="TryCreate(ReadOnlySpan{GuestRegion}, Iotlb?, out GuestMemory, out string)"/>
    public static bool TryCreate(ReadOnlySpan<GuestRegion> regions, out GuestMemory memory, out string problem) =>
        TryCreate(regions, null, out memory, out problem);

    /// <summary>
    /// The byte at an address that the driver gave, and how many bytes follow in one piece. Null when there is none, or,
    /// with an <see cref="Iotlb"/>, none yet.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Resolve(ulong address, MemoryAccess access, out ulong contiguous) =>
        Iotlb is null ? Translate(address, out contiguous) : Resolve(Iotlb, address, access, out contiguous);

    /// <summary>The byte at a guest address, and how many bytes follow in the same region. Null when unmapped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Translate(ulong guestAddress, out ulong contiguous)
    {
        GuestRegion region = _last;
        ulong offset = guestAddress - region.GuestAddress;
        ulong size = region.Size;
        if (offset >= size)
            return TranslateElsewhere(guestAddress, out contiguous);
        contiguous = size - offset;
        return region.Host + offset;
    }

    /// <summary>Finds a range, given by the driver for reading, that must lie in one piece.</summary>
    public bool TryTranslate(ulong address, ulong length, out byte* host)
    {
        host = Resolve(address, MemoryAccess.Read, out ulong contiguous);
        return host != null && length <= contiguous;
    }

    /// <summary>
    /// Finds a part of a ring, as SET_VRING_ADDR gives it: by user address or, with an <see cref="Iotlb"/>, by I/O
    /// virtual address; there it may consist of several translations that lie side by side.
    /// </summary>
    public bool TryTranslateRing(ulong address, ulong length, MemoryAccess access, out byte* host)
    {
        if (Iotlb is null)
            return TryTranslateUser(address, length, out host);
        host = Resolve(Iotlb, address, access, out ulong contiguous);
        if (host == null)
            return false;
        for (ulong done = contiguous; done < length; done += contiguous)
        {
            byte* next = Resolve(Iotlb, address + done, access, out contiguous);
            if (next == null || next != host + done)
                return false;
        }

        return true;
    }

    /// <summary>Translates a range that must lie within one region, by the front-end's user address.</summary>
    public bool TryTranslateUser(ulong userAddress, ulong length, out byte* host)
    {
        host = TranslateUser(userAddress, out ulong contiguous);
        if (host != null && length <= contiguous)
            return true;
        host = null;
        return false;
    }

    /// <summary>
    /// Copies out of guest memory, by the driver's addresses, across regions; false (with nothing promised about the
    /// target) when any byte is unmapped.
    /// </summary>
    public bool TryRead(ulong address, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            byte* p = Resolve(address, MemoryAccess.Read, out ulong contiguous);
            if (p == null)
                return false;
            int n = (int)Math.Min((ulong)target.Length, contiguous);
            new ReadOnlySpan<byte>(p, n).CopyTo(target);
            target = target[n..];
            address += (ulong)n;
        }

        return true;
    }

    /// <summary>
    /// Marks what lies at these pieces, which were translated with this snapshot, as written. By where they are in this
    /// process, because the address that a driver used for them need not be guest-physical (ACCESS_PLATFORM).
    /// </summary>
    public void MarkWritten(DirtyLog log, ReadOnlySpan<IoVec> pieces)
    {
        // Regions that are looked for this way are sorted when the first log is on.
        _byHost ??= [.. _byGuest.OrderBy(static r => (nuint)r.Host)];
        foreach (ref readonly IoVec piece in pieces)
        {
            if (Find<ByHost>(_byHost, (ulong)piece.Base) is { } region)
                log.Mark(region.GuestAddress + ((ulong)piece.Base - (ulong)region.Host), piece.Length);
        }
    }

    /// <summary>
    /// Keeps the memory of this snapshot for a device that finds addresses in what its driver wrote. On the snapshot's
    /// thread, by somebody who holds the snapshot.
    /// </summary>
    /// <param name="owner">Who wants to know what is written; null: nobody.</param>
    public MemoryHold Hold(IMemoryOwner? owner) => new(this, _held ??= new HeldRegions(_byGuest), owner);

    /// <summary>Adds a holder, for example a chain in flight.</summary>
    public void Retain() => _references++;

    /// <summary>Ends one hold; the last one unmaps what no other snapshot uses.</summary>
    public void Release()
    {
        if (--_references != 0)
            return;
        foreach (GuestRegion region in _byGuest)
            region.Release();
        _held?.Release();
        _held = null;
    }

    // In another region than the last time.
    private byte* TranslateElsewhere(ulong guestAddress, out ulong contiguous)
    {
        if (Find<ByGuest>(_byGuest, guestAddress) is not { } found)
        {
            contiguous = 0;
            return null;
        }

        _last = found;
        ulong offset = guestAddress - found.GuestAddress;
        contiguous = found.Size - offset;
        return found.Host + offset;
    }

    private byte* Resolve(Iotlb iotlb, ulong address, MemoryAccess access, out ulong contiguous)
    {
        if (!iotlb.TryTranslate(address, access, out ulong user, out contiguous))
            return null;
        byte* host = TranslateUser(user, out ulong inRegion);
        contiguous = Math.Min(contiguous, inRegion);
        return host;
    }

    private byte* TranslateUser(ulong userAddress, out ulong contiguous)
    {
        GuestRegion? region = Find<ByUser>(_byUser, userAddress);
        contiguous = region is null ? 0 : region.Size - (userAddress - region.UserAddress);
        return region is null ? null : region.Host + (userAddress - region.UserAddress);
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

    private readonly struct ByHost : ISpace
    {
        public static ulong Start(GuestRegion region) => (ulong)region.Host;
    }
}
