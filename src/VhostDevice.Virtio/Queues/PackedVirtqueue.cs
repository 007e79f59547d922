// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues.Inflight;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// The device's side of a packed virtqueue (virtio 1.3 §2.8): one ring, in which both sides write. Fields are little
/// endian, as is every machine that this runs on.
/// </summary>
/// <remarks>
/// From the place where the device writes next (<c>_used</c>) to the place where it reads next (<c>_next</c>) lie the
/// <c>_held</c> descriptors of the chains in flight. They were copied when they were taken, so it does not matter which
/// of them a completion overwrites. The ring never looks at them again, whatever the driver writes there.
/// </remarks>
public sealed unsafe partial class PackedVirtqueue : OwnedVirtqueue
{
    private const ushort OwnerFlags = PackedDescriptor.Available | PackedDescriptor.Used;

    /// <summary>
    /// What front-ends begin with that know only 16 bits of VRING_BASE: index 0 and wrap counter 1 for the driver's
    /// side, nothing for the device's. Read to the letter it would be a ring that begins full of requests in flight.
    /// </summary>
    private const uint ShortStart = 0x8000;

    private readonly RingAddresses _addresses;
    private readonly bool _eventIdx;
    private readonly int _chainLimit;
    private PackedDescriptor* _ring;
    private uint* _driverEvent;
    private uint* _deviceEvent;

    private PackedPosition _next;
    private PackedPosition _used;
    private int _held;

    // Descriptors after _next that were available when the ring was looked at last.
    private int _seen;

    // A batch's first used descriptor gets its flags last, so that the driver sees all of it or nothing.
    private PackedPosition _batch;
    private ushort _batchFlags;
    private bool _hasBatch;

    private bool _everPublished;
    private bool _kicksSuppressed;

    private PackedInflight? _inflight;
    private List<PackedLeftover> _leftovers = []; // what a predecessor left, to be served before anything new
    private int _served; // of the leftovers
    private bool _hasLeftovers;

    // Which chain a descriptor belongs to is known only at its end, so chains are read into one that is nobody's yet.
    private DescriptorChain? _spare;

    private PackedVirtqueue(int index, ushort size, RingAddresses addresses, RingFeatures features, IVirtqueueOwner owner)
        : base(index, size, features, owner)
    {
        _addresses = addresses;
        _eventIdx = features.EventIdx;
        _chainLimit = ChainLimit(size);
    }

    /// <summary>VRING_BASE of a packed ring: the driver's position in the lower half, the device's in the upper one.</summary>
    public override uint Base => _next.Bits | ((uint)_used.Bits << 16);

    public override bool HasAvailable => IsLive && (IsAvailable(0) || _hasLeftovers);

    public override bool HasLeftovers => _hasLeftovers;

    public override bool HasUnseen => IsLive && IsAvailable(_seen);

    private protected override bool IsAtStart => _next == PackedPosition.Start && _used == PackedPosition.Start;

    /// <summary>Opens a ring at the positions that <paramref name="start"/> says.</summary>
    /// <param name="size">1 to 32768, not only powers of two.</param>
    /// <param name="start">
    /// As <see cref="Base"/>. What lies between the two positions is in flight and stays so. Front-ends that know only
    /// split rings (User Mode Linux) begin with 0, which would be the second lap; before that one some descriptor was used,
    /// so the ring itself tells the two apart.
    /// </param>
    /// <param name="problem">What is wrong with the size, the addresses or the base when the result is false.</param>
    public static bool TryCreate(
        int index, ushort size, RingAddresses addresses, uint start, RingFeatures features,
        GuestMemory memory, IVirtqueueOwner owner, out PackedVirtqueue? queue, out string problem)
    {
        queue = null;
        if (size is 0 or > 32768)
        {
            problem = $"a ring size of {size} is not between 1 and 32768";
            return false;
        }

        // virtio 1.3 §2.8.10.1: alignment 16, 4 and 4.
        if ((addresses.Descriptors & 15) != 0 || (addresses.Driver & 3) != 0 || (addresses.Device & 3) != 0)
        {
            problem = "a ring address is not aligned";
            return false;
        }

        if (start == ShortStart)
            start |= start << 16;
        PackedPosition next = PackedPosition.FromBits((ushort)start);
        PackedPosition used = PackedPosition.FromBits((ushort)(start >> 16));
        int held = used.DistanceTo(next, size);
        if (next.Index >= size || used.Index >= size || held > size)
        {
            problem = $"a base of 0x{start:x8} makes no sense in a ring of {size}";
            return false;
        }

        PackedVirtqueue made = new(index, size, addresses, features, owner) { _next = next, _used = used, _held = held };
        if (!made.TryChangeMemory(memory))
        {
            made.Stop();
            problem = "a ring lies outside of the guest's memory, or its mapping is not aligned";
            return false;
        }

        if (start == 0 && made.HasNoLapBehind())
            made._next = made._used = PackedPosition.Start;

        queue = made;
        problem = "";
        return true;
    }

    public override bool TryTrack(InflightRegion region, out bool goesOn, out string problem)
    {
        goesOn = false;
        if (!PackedInflight.TryOpen(region, Size, _used, _ring, out _inflight, out List<PackedLeftover>? leftovers, out problem))
            return false;
        if (leftovers is null)
            return true;
        goesOn = GoesOn = true;
        // The front-end cannot know where a device is that says nothing about it in the ring.
        _used = _inflight.Used;
        _held = leftovers.Sum(static l => l.Descriptors.Length);
        _next = _used.After(_held, Size);
        _leftovers = leftovers;
        _hasLeftovers = leftovers.Count > 0;
        TakeBackUsed();
        return true;
    }

    public override void SuppressKicks()
    {
        // The position of the last request for kicks comes round again after two laps, which may be soon.
        if (_kicksSuppressed || !IsLive)
            return;
        _kicksSuppressed = true;
        Volatile.Write(ref *_deviceEvent, PackedEvent.Disable.Bits);
        if (RingLog is not null)
            MarkRing(0, PackedEvent.Size);
    }

    public override bool RequestKicks()
    {
        if (!IsLive)
            return false;
        _kicksSuppressed = false;
        PackedEvent wish = _eventIdx ? PackedEvent.At(_next.After(_seen, Size)) : PackedEvent.Enable;
        Volatile.Write(ref *_deviceEvent, wish.Bits);
        if (RingLog is not null)
            MarkRing(0, PackedEvent.Size);
        // virtio 1.3 §2.8.21.2: the request for a kick must be visible before the last look at the ring.
        Interlocked.MemoryBarrier();
        return IsAvailable(_seen);
    }

    private protected override void Look()
    {
        int free = Size - _held;
        int seen = _seen;
        PackedPosition at = _next.After(seen, Size);
        int index = at.Index;
        ushort expected = AvailableFlags(at.Wrap);
        while (seen < free && (Volatile.Read(ref _ring[index].Flags) & OwnerFlags) == expected)
        {
            seen++;
            if (++index < Size)
                continue;
            index = 0;
            expected ^= OwnerFlags;
        }

        _seen = seen;
    }

    // With EVENT_IDX a request for kicks stays in the device's area. Otherwise the last descriptor tells: a new driver gets
    // there last. It may be filling its ring right now, so without a former start that counts for nothing.
    private protected override bool WasServed(bool stoppedHere)
    {
        if (Volatile.Read(ref *_deviceEvent) != 0)
            return true;
        PackedDescriptor last = _ring[Size - 1];
        return stoppedHere && (last.Address != 0 || last.Length != 0 || last.Id != 0 || last.Flags != 0);
    }

    private protected override DescriptorChain? Take(out Taken taken)
    {
        if (_hasLeftovers)
            return TakeAgain(out taken);
        if (_seen == 0)
        {
            Look();
            if (_seen == 0)
            {
                taken = Taken.Nothing;
                return null;
            }
        }

        // One descriptor has its id with it, so it needs no spare object; an id out of order is the other way's affair.
        PackedDescriptor d = _ring[_next.Index];
        DescriptorChain?[] slots = Slots;
        if ((d.Flags & (ushort)DescriptorFlags.Next) == 0 && _inflight is null
            && d.Id < (uint)slots.Length && slots[d.Id] is { Life: ChainLife.Free } own)
        {
            own.TakenAt = _next.Index;
            own.Clear();
            taken = TryAddFirst(d, own) ? Taken.Good : Taken.Malformed;
            _next = _next.After(1, Size);
            _held++;
            _seen--;
            own.RingDescriptors = 1;
            Hold(own);
            return own;
        }

        return TakeList(out taken);
    }

    private DescriptorChain? TakeList(out Taken taken)
    {
        DescriptorChain slot = _spare ??= new DescriptorChain(this, 0);
        slot.Clear();
        bool good = TryReadChain(slot, out int count, out ushort id);
        if (count == 0)
        {
            // Without its end it has neither a name nor a length: nothing can go back, and nobody knows where the next begins.
            Break($"a chain at {_next.Index} runs into descriptors in flight, or around a ring of {Size}");
            taken = Taken.Nothing;
            return null;
        }

        slot.TakenAt = _next.Index;
        _next = _next.After(count, Size);
        _held += count;
        // The driver marks each descriptor of a chain; if it did not, what was taken was seen nevertheless.
        _seen = Math.Max(0, _seen - count);
        slot.Head = id;
        slot.RingDescriptors = (ushort)count;
        if (id < Size)
        {
            DescriptorChain? former = Slots[id];
            if (former is { Life: not ChainLife.Free })
            {
                // The id goes back once, when the request that owns it is done, and takes these descriptors along.
                former.RingDescriptors += (ushort)count;
                taken = Taken.Lost;
                return null;
            }

            Slots[id] = slot;
            _spare = former;
        }
        else
        {
            // Ids are the driver's choice, but more of them than descriptors serve nobody: there is one chain object for each.
            good = false;
            if (KeepsOrder)
                _spare = null; // it may have to wait before it goes back
        }

        if (_inflight is not null && !TryRecord(slot))
        {
            taken = Taken.Nothing;
            return null;
        }

        Hold(slot);
        taken = good ? Taken.Good : Taken.Malformed;
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

        PackedPosition before = _next.Before(chain.RingDescriptors, Size);
        if (chain.TakenAt != before.Index)
            return false;
        _inflight?.Untaken(chain.RecordEntry, chain.RingDescriptors);
        _next = before;
        _held -= chain.RingDescriptors;
        // It stays seen, or the owner would look at it again and again before there is a translation.
        _seen += chain.RingDescriptors;
        return true;
    }

    private protected override void PutUsed(DescriptorChain chain, uint written)
    {
        ushort flags = (ushort)((_used.Wrap ? OwnerFlags : 0) | (written > 0 ? (int)DescriptorFlags.Write : 0));
        PackedDescriptor* descriptor = _ring + _used.Index;
        descriptor->Length = written;
        descriptor->Id = chain.Head;
        if (_hasBatch)
        {
            descriptor->Flags = flags;
        }
        else
        {
            _hasBatch = true;
            _batch = _used;
            _batchFlags = flags;
        }

        if (RingLog is not null)
            MarkDescriptor(descriptor);
        // virtio 1.3 §2.8.6: one used descriptor for the chain, and then as far forward as the chain was long.
        _used = _used.After(chain.RingDescriptors, Size);
        _held -= chain.RingDescriptors;
        _inflight?.Completed(chain.RecordEntry);
    }

    private protected override bool PublishUsed()
    {
        if (!_hasBatch)
            return false;
        _hasBatch = false;
        _inflight?.Publishing(_used);
        Volatile.Write(ref _ring[_batch.Index].Flags, _batchFlags);
        _inflight?.Published();
        if (RingLog is not null)
            MarkDescriptor(_ring + _batch.Index);
        // virtio 1.3 §2.8.22: the used descriptors must be visible before the driver's wish is looked at.
        Interlocked.MemoryBarrier();
        PackedEvent wish = new(Volatile.Read(ref *_driverEvent));
        // After a start nothing is known of what the driver saw before, so the first batch interrupts at any position.
        bool first = !_everPublished;
        _everPublished = true;
        return first ? !wish.IsDisabled : wish.Wants(_batch, _used, Size, _eventIdx);
    }

    private protected override bool TryMapRings(GuestMemory memory)
    {
        if (!memory.TryTranslateRing(_addresses.Descriptors, (ulong)Size * PackedDescriptor.Size, MemoryAccess.ReadWrite, out byte* ring)
            || !memory.TryTranslateRing(_addresses.Driver, PackedEvent.Size, MemoryAccess.Read, out byte* driverEvent)
            || !memory.TryTranslateRing(_addresses.Device, PackedEvent.Size, MemoryAccess.Write, out byte* deviceEvent))
            return false;
        // As for a split ring: flags and events are only atomic where the mapping itself is aligned.
        if (((nuint)ring & 1) != 0 || ((nuint)driverEvent & 3) != 0 || ((nuint)deviceEvent & 3) != 0)
            return false;
        _ring = (PackedDescriptor*)ring;
        _driverEvent = (uint*)driverEvent;
        _deviceEvent = (uint*)deviceEvent;
        return true;
    }

    // The first lap leaves the USED bit in the first descriptor of each of its chains, and the second one's available
    // descriptors have it, too. Which descriptors those are depends on how long the chains were.
    private bool HasNoLapBehind()
    {
        for (int i = 0; i < Size; i++)
        {
            if ((Volatile.Read(ref _ring[i].Flags) & PackedDescriptor.Used) != 0)
                return false;
        }

        return true;
    }

    // The front-end says where to mark the device area only; the ring is guest memory as any other.
    private void MarkDescriptor(PackedDescriptor* descriptor) =>
        Memory.MarkWritten(RingLog!, [new IoVec((byte*)descriptor, PackedDescriptor.Size)]);

    // virtio 1.3 §2.8.1: the driver's wrap counter as AVAIL, its inverse as USED.
    private static ushort AvailableFlags(bool wrap) => wrap ? PackedDescriptor.Available : PackedDescriptor.Used;

    private bool IsAvailable(int ahead)
    {
        if (ahead >= Size - _held)
            return false;
        PackedPosition at = _next.After(ahead, Size);
        return (Volatile.Read(ref _ring[at.Index].Flags) & OwnerFlags) == AvailableFlags(at.Wrap);
    }
}
