// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>Guest addresses of the three parts of a packed virtqueue (virtio 1.3 §2.8.10.1: aligned to 16, 4 and 4).</summary>
public readonly record struct PackedRingPlacement(ulong Ring, ulong DriverEvent, ulong DeviceEvent);

/// <summary>
/// The driver's side of a packed virtqueue (virtio 1.3 §2.8). As for a split one the books are kept outside of guest
/// memory. A list of descriptors is either direct or one indirect table: of a mixed request everything goes into the table.
/// </summary>
public sealed unsafe partial class PackedDriverQueue : DriverQueue
{
    private const ushort OwnerFlags = PackedDescriptor.Available | PackedDescriptor.Used;

    private readonly PackedRingPlacement _placement;
    private readonly bool _ownsPlacement;

    // Indexed by buffer id.
    private readonly Chain[] _chains;
    private readonly ushort[] _freeIds;
    private int _free;
    private int _inFlight;
    private int _unpublished;

    // Where requests are added, up to where they are published, and where the next used descriptor is expected.
    private PackedPosition _next;
    private PackedPosition _published;
    private PackedPosition _popped;

    // The first unpublished request gets its first descriptor's flags last: until then nothing behind it is reached.
    private ushort _hiddenFlags;

    // Descriptors published since a kick was considered.
    private int _sinceKick;

    /// <param name="memory">Holds the ring, and indirect tables as they are needed.</param>
    /// <param name="index">The queue's number in its device.</param>
    /// <param name="size">1 to 32768.</param>
    /// <param name="eventIdx">Whether VIRTIO_F_EVENT_IDX was negotiated.</param>
    /// <param name="ringBase">Where the ring begins, as the lower half of VRING_BASE; null: at the start.</param>
    /// <param name="placement">Where the ring lies; null: allocated in <paramref name="memory"/>.</param>
    /// <param name="alignment">Of each of the three parts when they are allocated here; a power of two, at least 16.</param>
    public PackedDriverQueue(
        FrontEndMemory memory, int index, ushort size, bool eventIdx, uint? ringBase = null,
        PackedRingPlacement? placement = null, ulong alignment = 16)
        : base(memory, index, size, eventIdx)
    {
        if (size is 0 or > 32768)
            throw new ArgumentOutOfRangeException(nameof(size), size, "the size of a packed virtqueue is 1 to 32768");
        _chains = new Chain[size];
        _freeIds = new ushort[size];
        _ownsPlacement = placement is null;
        _placement = placement ?? new PackedRingPlacement(
            memory.Allocate((ulong)RingBytes, alignment), memory.Allocate(PackedEvent.Size, alignment), memory.Allocate(PackedEvent.Size, alignment));

        Ring = (PackedDescriptor*)memory.Pointer(_placement.Ring, (ulong)RingBytes);
        DriverEvent = (uint*)memory.Pointer(_placement.DriverEvent, PackedEvent.Size);
        DeviceEvent = (uint*)memory.Pointer(_placement.DeviceEvent, PackedEvent.Size);
        Reset(ringBase);
    }

    public override int FreeDescriptors => _free;

    public override int InFlight => _inFlight;

    public override bool HasUsed => IsUsed(_popped);

    public override uint RingBase
    {
        get
        {
            PackedPosition at = UsedEnd();
            return at.Bits | ((uint)at.Bits << 16);
        }
    }

    public override VringAddress RingAddress => new()
    {
        Index = (uint)Index,
        Descriptor = Memory.UserAddress(_placement.Ring),
        Available = Memory.UserAddress(_placement.DriverEvent),
        Used = Memory.UserAddress(_placement.DeviceEvent),
        Log = _placement.DeviceEvent,
    };

    public override void Publish()
    {
        if (_unpublished == 0)
            return;
        _sinceKick += _published.DistanceTo(_next, Size);
        // The descriptors must be visible before the flags that hand them over (virtio 1.3 §2.8.21.1).
        Volatile.Write(ref Ring[_published.Index].Flags, _hiddenFlags);
        _published = _next;
        _unpublished = 0;
    }

    public override bool NeedsKick()
    {
        int since = _sinceKick;
        if (since == 0)
            return false;
        _sinceKick = 0;
        // The flags must be visible before the device's wish is read, or both sides go to sleep (virtio 1.3 §2.8.21.2).
        Interlocked.MemoryBarrier();
        PackedEvent wish = new(Volatile.Read(ref *DeviceEvent));
        // Two laps and more: whatever the position, it was passed.
        if (since >= 2 * Size)
            return !wish.IsDisabled;
        int from = (_published.Wrap ? 0 : Size) + _published.Index - since;
        if (from < 0)
            from += 2 * Size;
        PackedPosition considered = from < Size ? new((ushort)from, true) : new((ushort)(from - Size), false);
        return wish.Wants(considered, _published, Size, EventIdx);
    }

    public override bool TryPop(out UsedChain used)
    {
        if (!IsUsed(_popped))
        {
            used = default;
            return false;
        }

        PackedDescriptor element = Ring[_popped.Index];
        // Unpublished chains are no business of the device yet.
        if (element.Id >= Size || _chains[element.Id].Count == 0 || _inFlight == _unpublished)
            throw new RingException(Index, $"the used descriptor at {_popped.Index} names chain {element.Id}, which is not in flight");
        ref Chain chain = ref _chains[element.Id];
        // virtio 1.3 §2.8.4: without the flag nothing was written, and the length has no meaning.
        uint length = (element.Flags & (ushort)DescriptorFlags.Write) != 0 ? element.Length : 0;
        if (length > chain.Writable && !AllowsLongUsed)
            throw new RingException(
                Index,
                $"the used descriptor at {_popped.Index} of chain {element.Id} says {length} bytes were written, there is room for {chain.Writable}");
        CheckOrder(element.Id);
        _popped = _popped.After(chain.Count, Size);
        _free += chain.Count;
        chain.Count = 0;
        _inFlight--;
        _freeIds[Size - 1 - _inFlight] = element.Id;
        used = new UsedChain(element.Id, length);
        return true;
    }

    public override void DisableInterrupts() => Volatile.Write(ref *DriverEvent, PackedEvent.Disable.Bits);

    /// <remarks>
    /// With EVENT_IDX the wish is a descriptor, not a request: where requests have several descriptors the interrupt
    /// comes after fewer of them.
    /// </remarks>
    public override bool EnableInterrupts(int count = 1)
    {
        if (!EventIdx)
            count = 1;
        PackedEvent wish = EventIdx ? PackedEvent.At(_popped.After(count - 1, Size)) : PackedEvent.Enable;
        Volatile.Write(ref *DriverEvent, wish.Bits);
        // The wish must be visible before the ring is looked at, or its last change goes unnoticed (virtio 1.3 §2.8.22).
        Interlocked.MemoryBarrier();
        return IsUsed(_popped) && (count == 1 || _popped.DistanceTo(UsedEnd(), Size) >= count);
    }

    private bool IsUsed(PackedPosition at) =>
        (Volatile.Read(ref Ring[at.Index].Flags) & OwnerFlags) == (at.Wrap ? OwnerFlags : 0) && _inFlight > 0;

    /// <summary>Where the device writes next, as far as it can be seen.</summary>
    private PackedPosition UsedEnd()
    {
        PackedPosition at = _popped;
        for (int n = _inFlight; n > 0 && IsUsed(at); n--)
        {
            ushort id = Ring[at.Index].Id;
            at = at.After(id < Size ? Math.Max(1, _chains[id].Count) : 1, Size);
        }

        return at;
    }
}
