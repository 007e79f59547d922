// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues.Inflight;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// The device's side of a split virtqueue (virtio 1.3 §2.7). Ring fields are little endian, as is every machine
/// that this runs on.
/// </summary>
public sealed unsafe class SplitVirtqueue : OwnedVirtqueue
{
    private const ushort NoInterrupt = 1;
    private const ushort NoNotify = 1;

    private readonly RingAddresses _addresses;
    private readonly RingFeatures _features;
    private readonly ushort _mask;
    private readonly int _chainLimit;
    private SplitDescriptor* _descriptors;
    private ushort* _available; // flags, idx, ring[size], used_event
    private ushort* _used;      // flags, idx, ring[size] of 8 bytes, avail_event
    private ushort _nextAvailable;
    private ushort _seenAvailable;
    private ushort _nextUsed;
    private ushort _publishedUsed;
    private bool _everPublished;
    private bool _kicksSuppressed;
    private SplitInflight? _inflight;
    private ushort[] _leftovers = []; // heads that a predecessor left, to be served before anything new
    private int _served; // of the leftovers
    private bool _hasLeftovers;

    private SplitVirtqueue(int index, ushort size, RingAddresses addresses, RingFeatures features, IVirtqueueOwner owner)
        : base(index, size, features, owner)
    {
        _addresses = addresses;
        _features = features;
        _mask = (ushort)(size - 1);
        _chainLimit = ChainLimit(size);
    }

    public override uint Base => _nextAvailable;

    public override bool HasAvailable => IsLive && (Volatile.Read(ref _available[1]) != _nextAvailable || _hasLeftovers);

    public override bool HasLeftovers => _hasLeftovers;

    public override bool HasUnseen => IsLive && Volatile.Read(ref _available[1]) != _seenAvailable;

    private protected override bool IsAtStart => _nextAvailable == 0;

    private ref ushort UsedEvent => ref _available[2 + Size];

    private ref ushort AvailEvent => ref _used[2 + (Size * 4)];

    private uint AvailEventOffset => (uint)(4 + (SplitUsedElement.Size * Size));

    /// <summary>Opens a ring at index <paramref name="start"/>; the used index is the one that stands in the ring.</summary>
    /// <param name="size">A power of two, 1 to 32768.</param>
    /// <param name="problem">What is wrong with the size or the addresses when the result is false.</param>
    public static bool TryCreate(
        int index, ushort size, RingAddresses addresses, uint start, RingFeatures features,
        GuestMemory memory, IVirtqueueOwner owner, out SplitVirtqueue? queue, out string problem)
    {
        queue = null;
        // virtio 1.3 §2.7. The mask that keeps every index inside the ring depends on it.
        if (!BitOperations.IsPow2((uint)size) || size > 32768)
        {
            problem = $"a ring size of {size} is no power of two up to 32768";
            return false;
        }

        // virtio 1.3 §2.7: alignment 16, 2 and 4.
        if ((addresses.Descriptors & 15) != 0 || (addresses.Driver & 1) != 0 || (addresses.Device & 3) != 0)
        {
            problem = "a ring address is not aligned";
            return false;
        }

        if (start > ushort.MaxValue)
        {
            problem = $"a base of {start} is beyond the 16 bits of a split ring's index";
            return false;
        }

        SplitVirtqueue made = new(index, size, addresses, features, owner);
        if (!made.TryChangeMemory(memory))
        {
            made.Stop();
            problem = "a ring lies outside of the guest's memory, or its mapping is not aligned";
            return false;
        }

        made._nextAvailable = made._seenAvailable = (ushort)start;
        made._nextUsed = made._publishedUsed = Volatile.Read(ref made._used[1]);
        queue = made;
        problem = "";
        return true;
    }

    public override bool TryTrack(InflightRegion region, out bool goesOn, out string problem)
    {
        ushort usedIndex = _publishedUsed;
        goesOn = false;
        if (!SplitInflight.TryOpen(region, Size, usedIndex, out _inflight, out ushort[]? resubmit, out problem))
            return false;
        if (resubmit is null)
            return true;
        goesOn = GoesOn = true;
        // Of the entries up to where the predecessor was, these are the ones that were not used; the base that the
        // front-end says is that of the used ring, for it cannot know better.
        _nextAvailable = _seenAvailable = (ushort)(usedIndex + resubmit.Length);
        _leftovers = resubmit;
        _hasLeftovers = resubmit.Length > 0;
        return true;
    }

    public override void SuppressKicks()
    {
        // With EVENT_IDX the old avail_event does the same until the index has gone all the way around.
        if (_features.EventIdx || _kicksSuppressed || !IsLive)
            return;
        _kicksSuppressed = true;
        Volatile.Write(ref _used[0], NoNotify);
        if (RingLog is not null)
            MarkRing(0, sizeof(ushort));
    }

    public override bool RequestKicks()
    {
        if (!IsLive)
            return false;
        if (_features.EventIdx)
        {
            Volatile.Write(ref AvailEvent, _seenAvailable);
            if (RingLog is not null)
                MarkRing(AvailEventOffset, sizeof(ushort));
        }
        else
        {
            _kicksSuppressed = false;
            Volatile.Write(ref _used[0], 0);
            if (RingLog is not null)
                MarkRing(0, sizeof(ushort));
        }

        // virtio 1.3 §2.7.10.1: the request for a kick must be visible before the last look at the index.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _available[1]) != _seenAvailable;
    }

    private protected override void Look()
    {
        ushort index = Volatile.Read(ref _available[1]);
        if ((ushort)(index - _nextAvailable) > Size)
            Break($"available index jumped from {_nextAvailable} to {index} in a ring of {Size}");
        else
            _seenAvailable = index;
    }

    // Only the device writes to the used ring. One of 65536 answers is in each element by then: all zero would be head 0
    // without a byte, every time.
    private protected override bool WasServed(bool stoppedHere) =>
        new ReadOnlySpan<byte>(_used, UsedBytes(Size)).ContainsAnyExcept((byte)0);

    private protected override DescriptorChain? Take(out Taken taken)
    {
        if (_hasLeftovers)
            return TakeAgain(out taken);
        ushort next = _nextAvailable;
        if (next == _seenAvailable)
        {
            Look();
            if (next == _seenAvailable)
            {
                taken = Taken.Nothing;
                return null;
            }
        }

        ushort head = _available[2 + (next & _mask)];
        _nextAvailable = (ushort)(next + 1);
        DescriptorChain?[] slots = Slots;
        if (head >= (uint)slots.Length)
        {
            // There is no descriptor of that number, so nothing can go back.
            taken = Taken.Lost;
            return null;
        }

        DescriptorChain slot = slots[head] ??= new DescriptorChain(this, head);
        if (slot.Life != ChainLife.Free)
        {
            // The head goes back once, when the request that owns it is done.
            taken = Taken.Lost;
            return null;
        }

        if (_inflight is not null)
        {
            _inflight.Taken(head);
            slot.IsLeftover = false;
        }

        slot.TakenAt = next;
        slot.Clear();
        Hold(slot);
        taken = TryReadChain(head, slot) ? Taken.Good : Taken.Malformed;
        return slot;
    }

    private protected override bool TryUntake(DescriptorChain chain)
    {
        if (chain.IsLeftover)
        {
            // It goes back into the record, whatever came out of the ring meanwhile.
            if (chain.TakenAt != (uint)(_served - 1))
                return false;
            _served--;
            _hasLeftovers = true;
            return true;
        }

        if (chain.TakenAt != (ushort)(_nextAvailable - 1))
            return false;
        _nextAvailable--;
        _inflight?.Untaken(chain.Head);
        return true;
    }

    private protected override void PutUsed(DescriptorChain chain, uint written)
    {
        SplitUsedElement* ring = (SplitUsedElement*)(_used + 2);
        ring[_nextUsed & _mask] = new SplitUsedElement { Id = chain.Head, Length = written };
        if (RingLog is not null)
            MarkRing((uint)(4 + (SplitUsedElement.Size * (_nextUsed & _mask))), SplitUsedElement.Size);
        _nextUsed++;
        _inflight?.Completed(chain.Head);
    }

    private protected override bool PublishUsed()
    {
        if (_nextUsed == _publishedUsed)
            return false;
        ushort old = _publishedUsed;
        _publishedUsed = _nextUsed;
        Volatile.Write(ref _used[1], _nextUsed);
        if (RingLog is not null)
            MarkRing(sizeof(ushort), sizeof(ushort));
        _inflight?.Published(_nextUsed, (ushort)(_nextUsed - old));
        // virtio 1.3 §2.7.7.2: used.idx must be visible before used_event or the flags are looked at.
        Interlocked.MemoryBarrier();
        if (_features.NotifyOnEmpty && InFlight == 0 && !HasAvailable)
            return true;
        if (!_features.EventIdx)
            return (Volatile.Read(ref _available[0]) & NoInterrupt) == 0;
        // After a start nothing is known of what the driver saw before, so the first batch always interrupts.
        bool first = !_everPublished;
        _everPublished = true;
        ushort usedEvent = Volatile.Read(ref UsedEvent);
        return first || (ushort)(_nextUsed - usedEvent - 1) < (ushort)(_nextUsed - old);
    }

    private protected override bool TryMapRings(GuestMemory memory)
    {
        if (!memory.TryTranslateRing(_addresses.Descriptors, (ulong)Size * SplitDescriptor.Size, MemoryAccess.Read, out byte* descriptors)
            || !memory.TryTranslateRing(_addresses.Driver, 6 + (2UL * Size), MemoryAccess.Read, out byte* available)
            || !memory.TryTranslateRing(_addresses.Device, (ulong)UsedBytes(Size), MemoryAccess.Write, out byte* used))
            return false;
        // A mapping need not be aligned as the front-end's address is. Indices are only atomic where aligned, and
        // arm64 answers acquire and release elsewhere with SIGBUS.
        if (((nuint)available & 1) != 0 || ((nuint)used & 3) != 0)
            return false;
        _descriptors = (SplitDescriptor*)descriptors;
        _available = (ushort*)available;
        _used = (ushort*)used;
        return true;
    }

    // Flags, index, the elements, avail_event.
    private static int UsedBytes(int size) => 6 + (SplitUsedElement.Size * size);

    private DescriptorChain TakeAgain(out Taken taken)
    {
        uint at = (uint)_served++;
        ushort head = _leftovers[at];
        _hasLeftovers = _served < _leftovers.Length;
        DescriptorChain chain = Slots[head] ??= new DescriptorChain(this, head);
        chain.TakenAt = at;
        chain.IsLeftover = true;
        chain.Clear();
        Hold(chain);
        taken = TryReadChain(head, chain) ? Taken.Good : Taken.Malformed;
        return chain;
    }

    private bool TryReadChain(ushort head, DescriptorChain chain)
    {
        int left = _chainLimit;
        ushort index = head;
        // A chain in the ring itself has at most as many descriptors as the ring; more means a loop.
        for (int n = 0; n < Size; n++)
        {
            SplitDescriptor d = _descriptors[index];
            chain.RingDescriptors = (ushort)(n + 1);
            if ((d.Flags & DescriptorFlags.Indirect) != 0)
                return _features.Indirect && (d.Flags & DescriptorFlags.Next) == 0 && TryReadIndirect(d, left, chain);
            if (left-- == 0 || !chain.TryAdd(Memory, d.Address, d.Length, (d.Flags & DescriptorFlags.Write) != 0))
                return false;
            if ((d.Flags & DescriptorFlags.Next) == 0)
                return true;
            index = d.Next;
            if (index >= Size)
                return false;
        }

        return false;
    }

    // virtio 1.3 §2.7.5.3: a table in one buffer, no table within a table; its WRITE flag has no meaning.
    private bool TryReadIndirect(SplitDescriptor table, int left, DescriptorChain chain)
    {
        if (table.Length == 0 || table.Length % SplitDescriptor.Size != 0 || table.Address > ulong.MaxValue - table.Length)
            return false;
        uint count = table.Length / SplitDescriptor.Size;
        if (!Memory.TryTranslate(table.Address, table.Length, out byte* host))
            host = null; // it may span regions: read entry by entry
        uint index = 0;
        for (uint n = 0; n < count; n++)
        {
            SplitDescriptor d;
            if (host != null)
                d = ((SplitDescriptor*)host)[index];
            else if (!Memory.TryRead(table.Address + (index * (ulong)SplitDescriptor.Size), new Span<byte>(&d, SplitDescriptor.Size)))
                return false;
            if ((d.Flags & DescriptorFlags.Indirect) != 0
                || left-- == 0
                || !chain.TryAdd(Memory, d.Address, d.Length, (d.Flags & DescriptorFlags.Write) != 0))
                return false;
            if ((d.Flags & DescriptorFlags.Next) == 0)
                return true;
            index = d.Next;
            if (index >= count)
                return false;
        }

        return false;
    }
}
