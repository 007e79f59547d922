// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>Guest addresses of the three parts of a split virtqueue (virtio 1.3 §2.7: aligned to 16, 2 and 4).</summary>
public readonly record struct SplitRingPlacement(ulong Descriptors, ulong Available, ulong Used);

/// <summary>
/// The driver's side of a split virtqueue (virtio 1.3 §2.7). The books about requests are kept outside of guest memory,
/// so that nothing a back-end writes can confuse this side; it can only be found out.
/// </summary>
public sealed unsafe partial class SplitDriverQueue : DriverQueue
{
    private const ushort FlagNoInterrupt = 1;
    private const ushort FlagNoNotify = 1;

    private readonly SplitRingPlacement _placement;
    private readonly bool _ownsPlacement;
    private readonly int _mask;

    // Indexed by descriptor: the next one of its chain, or of the free list.
    private readonly ushort[] _next;

    // Indexed by the first descriptor of a chain.
    private readonly Chain[] _chains;
    private ushort _freeHead;
    private int _free;
    private int _inFlight;

    // The available index including requests not published yet, as published, and when a kick was considered last.
    private ushort _added;
    private ushort _published;
    private ushort _kickConsidered;

    // The used index up to which requests were taken back, and as the device had it when we last looked.
    private ushort _popped;
    private ushort _usedSeen;
    private bool _interruptsWanted = true;

    /// <param name="memory">Holds the rings, and indirect tables as they are needed.</param>
    /// <param name="index">The queue's number in its device.</param>
    /// <param name="size">A power of two up to 32768.</param>
    /// <param name="eventIdx">Whether VIRTIO_F_EVENT_IDX was negotiated.</param>
    /// <param name="ringBase">The index at which both rings begin.</param>
    /// <param name="placement">Where the rings lie; null: allocated in <paramref name="memory"/>.</param>
    /// <param name="alignment">Of each of the three parts when they are allocated here; a power of two, at least 16.</param>
    public SplitDriverQueue(
        FrontEndMemory memory, int index, ushort size, bool eventIdx, ushort ringBase = 0, SplitRingPlacement? placement = null, ulong alignment = 16)
        : base(memory, index, size, eventIdx)
    {
        if (!BitOperations.IsPow2(size) || size > 32768)
            throw new ArgumentOutOfRangeException(nameof(size), size, "the size of a split virtqueue is a power of two up to 32768");
        _mask = size - 1;
        _next = new ushort[size];
        _chains = new Chain[size];
        _ownsPlacement = placement is null;
        _placement = placement ?? new SplitRingPlacement(
            memory.Allocate((ulong)DescriptorBytes, alignment),
            memory.Allocate((ulong)AvailableBytes, alignment),
            memory.Allocate((ulong)UsedBytes, alignment));

        Descriptors = (SplitDescriptor*)memory.Pointer(_placement.Descriptors, (ulong)DescriptorBytes);
        AvailableFlags = (ushort*)memory.Pointer(_placement.Available, (ulong)AvailableBytes);
        UsedFlags = (ushort*)memory.Pointer(_placement.Used, (ulong)UsedBytes);
        Reset(ringBase);
    }

    public override int FreeDescriptors => _free;

    public override int InFlight => _inFlight;

    public override bool HasUsed => _popped != _usedSeen || LookAtUsedIndex();

    public override uint RingBase => Volatile.Read(ref *UsedIndex);

    public override VringAddress RingAddress => new()
    {
        Index = (uint)Index,
        Descriptor = Memory.UserAddress(_placement.Descriptors),
        Available = Memory.UserAddress(_placement.Available),
        Used = Memory.UserAddress(_placement.Used),
        Log = _placement.Used,
    };

    public override void Publish()
    {
        _published = _added;
        // The ring's entries and the descriptors must be visible before the index (virtio 1.3 §2.7.13.3).
        Volatile.Write(ref *AvailableIndex, _added);
    }

    public override bool NeedsKick()
    {
        ushort since = (ushort)(_published - _kickConsidered);
        if (since == 0)
            return false;
        _kickConsidered = _published;
        // The index must be visible before the device's wish is read, or both sides go to sleep (virtio 1.3 §2.7.13.4.1).
        Interlocked.MemoryBarrier();
        if (!EventIdx)
            return (Volatile.Read(ref *UsedFlags) & FlagNoNotify) == 0;
        ushort wanted = Volatile.Read(ref *AvailableEvent);
        return (ushort)(_published - wanted - 1) < since;
    }

    public override bool TryPop(out UsedChain used)
    {
        if (_popped == _usedSeen && !LookAtUsedIndex())
        {
            used = default;
            return false;
        }

        SplitUsedElement element = UsedRing[_popped & _mask];
        if (element.Id >= Size || _chains[element.Id].Count == 0)
            throw new RingException(Index, $"used entry {_popped} names chain {element.Id}, which is not in flight");
        if (element.Length > _chains[element.Id].Writable && !AllowsLongUsed)
            throw new RingException(
                Index,
                $"used entry {_popped} of chain {element.Id} says {element.Length} bytes were written, there is room "
                    + $"for {_chains[element.Id].Writable}");
        CheckOrder((ushort)element.Id);
        _popped++;
        Release((ushort)element.Id);
        used = new UsedChain((ushort)element.Id, element.Length);
        return true;
    }

    public override void DisableInterrupts()
    {
        _interruptsWanted = false;
        if (EventIdx)
            Volatile.Write(ref *UsedEvent, (ushort)(_popped - 1));
        else
            Volatile.Write(ref *AvailableFlags, FlagNoInterrupt);
    }

    public override bool EnableInterrupts(int count = 1)
    {
        if (EventIdx)
        {
            Volatile.Write(ref *UsedEvent, (ushort)(_popped + count - 1));
        }
        else
        {
            count = 1;
            if (!_interruptsWanted)
                Volatile.Write(ref *AvailableFlags, 0);
        }

        _interruptsWanted = true;
        // The wish must be visible before the used index is read, or its last change goes unnoticed (virtio 1.3 §2.7.13.5).
        Interlocked.MemoryBarrier();
        LookAtUsedIndex();
        return (ushort)(_usedSeen - _popped) >= count;
    }

    /// <summary>Reads the device's index; true when it is ahead of what was taken back.</summary>
    private bool LookAtUsedIndex()
    {
        ushort now = Volatile.Read(ref *UsedIndex);
        int ahead = (ushort)(now - _popped);
        // Unpublished chains are no business of the device yet.
        int visible = _inFlight - (ushort)(_added - _published);
        if (ahead > visible)
            throw new RingException(Index, $"the used index is {now} with {visible} chains in flight from {_popped} on");
        _usedSeen = now;
        // Parked behind the used index, the event comes round again after 65536 requests; keep it well behind.
        if (!_interruptsWanted && EventIdx && (ushort)(_popped - *UsedEvent) > 0x4000)
            Volatile.Write(ref *UsedEvent, (ushort)(_popped - 1));
        return ahead != 0;
    }
}
