// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Ring;

/// <summary>One run of the ring target: the steps of its script, and after each of them what must hold.</summary>
internal sealed class RingRun : IVirtqueueOwner
{
    private readonly GuestLayout _guest;
    private readonly ushort _size;
    private readonly RingFeatures _features;
    private readonly HostileDriver _driver;
    private readonly GuestTable _table;
    private readonly List<HeldChain> _held = [];
    private readonly List<HeldChain> _late = [];
    private OwnedVirtqueue? _queue;
    private int _budget;
    private ulong _taken;
    private ushort _usedAtStart;
    private bool _pending;
    private bool _broken;
    private ulong _seen;

    public RingRun(GuestLayout guest, ushort size, RingFeatures features, RingLayout layout, ushort start, int budget)
    {
        _guest = guest;
        _size = size;
        _features = features;
        _driver = new HostileDriver(guest, size, features.Packed) { Layout = layout };
        _table = new GuestTable(guest);
        Start(Base(start));
        BeginTurn(budget);
    }

    /// <summary>Which kinds of things happened, and roughly how often; see <see cref="IFuzzTarget.Behaviour"/>.</summary>
    public ulong Behaviour { get; private set; }

    private bool IsRingMapped => _guest.IsMapped(_driver.Layout.Region) && !_driver.Layout.SticksOut;

    /// <summary>Those of the last start of the ring.</summary>
    public QueueCounters Counters { get; private set; } = new();

    public void CompletionsPending(Virtqueue queue)
    {
        Promise.Keep(!_pending, "the owner is told once of completions that wait");
        _pending = true;
    }

    public void ServiceRequested(Virtqueue queue) => Note(0);

    public void Drained(Virtqueue queue) => Promise.Keep(queue.InFlight == 0, "a drained queue has nothing in flight");

    public void TranslationMissing(Virtqueue queue, IotlbMiss miss) => Promise.Keep(false, "without an IOMMU nothing is translated");

    public void QueueBroken(Virtqueue queue, string reason)
    {
        Promise.Keep(!_broken, "a queue breaks once");
        _broken = true;
        Note(1);
    }

    public void Step(ref ScriptReader script)
    {
        byte step = script.Byte();
        bool ringMapped = IsRingMapped;
        switch (step % 20)
        {
            case 0 when ringMapped:
                _driver.WriteDescriptor(ref script);
                break;
            case 1 when ringMapped:
                _driver.Offer(script.Byte());
                break;
            case 2 when ringMapped:
                _driver.SetAvailableIndex(script.UShort());
                break;
            case 3 when ringMapped:
                _driver.SetWishes(ref script);
                break;
            case 4:
                _driver.WriteTable(ref script);
                break;
            case 5:
                _driver.Poke(script.UShort() % 0x4800, script.Byte());
                break;
            case 6:
                ChangeMemory(script.Byte());
                break;
            case 7:
                Restart(script.Byte(), script.UShort());
                break;
            case 8 when _late.Count > 0:
                CompleteLate(script.Byte());
                break;
            case 9 when _held.Count > 0:
                _ = Pick(script.Byte()).Use(script.Byte());
                break;
            case 10 or 11 when _held.Count > 0:
                Complete(script.Byte(), script.Byte());
                break;
            case 12:
                BeginTurn(script.Byte() % 40);
                break;
            case 13 or 14:
                Pop(1 + (script.Byte() % 8));
                break;
            case 15:
                Publish();
                break;
            case 16:
                NoteIf(2, _queue?.RequestKicks() ?? false);
                break;
            case 17:
                _queue?.SuppressKicks();
                break;
            case 18:
                EndTurn(script.Byte());
                break;
            case 19:
                Serve();
                break;
        }

        Check();
    }

    /// <summary>Everything ends; nothing may be held any more by anybody.</summary>
    public void Finish()
    {
        while (_held.Count > 0)
            Complete(0, 0xff);
        Publish();
        Check();
        Counters = _queue?.Counters ?? new();
        Stop();
        while (_late.Count > 0)
            CompleteLate(0);
        _table.Release();
        Note(40 + Math.Min(BitOperations.Log2(Counters.Malformed + 1), 7));
        Note(48 + Math.Min(BitOperations.Log2(Counters.Chains + 1), 7));
        Behaviour = _seen;
    }

    private void Start(uint start)
    {
        _driver.Restart((ushort)start);
        ushort used = IsRingMapped ? _driver.UsedIndex : (ushort)0;
        if (!VirtqueueFactory.TryCreate(0, _size, _driver.Layout.Addresses, start, _features, _table.Memory, this, out _queue, out _))
        {
            Note(3);
            return;
        }

        Promise.Keep(!_driver.Layout.SticksOut, "a ring lies in memory to its last byte");
        _usedAtStart = used;
        _taken = 0;
        _pending = _broken = false;
        _budget = 0;
    }

    private void Stop()
    {
        if (_queue is null)
            return;
        _late.AddRange(_held);
        _held.Clear();
        _queue.Stop();
        Promise.Keep(!_queue.TryPop(out _) && !_queue.Publish() && !_queue.RequestKicks() && !_queue.HasAvailable, "a stopped queue does nothing");
        _queue = null;
    }

    private void Restart(byte choice, ushort start)
    {
        uint next = (choice & 0x80) != 0 || _queue is null ? Base(start) : _queue.Base;
        Stop();
        if ((choice & 0x40) != 0)
            _driver.Layout = RingLayout.Choose(choice, _size, _features.Packed);
        Start(next);
        Note(4);
    }

    private void ChangeMemory(byte mask)
    {
        _table.Change(mask, _queue, out bool found);
        if (found)
            return;
        Note(5);
        Promise.Keep(!_queue!.TryPop(out _) && !_queue.Publish(), "a queue without its rings does nothing");
        Stop();
    }

    private void BeginTurn(int budget)
    {
        _queue?.BeginTurn(budget);
        _budget = budget;
    }

    private void EndTurn(byte choice)
    {
        if ((choice & 2) != 0)
            _queue?.RequestService();
        // Between turns the device is its own judge; this one takes little.
        _queue?.EndTurn(paused: (choice & 1) != 0);
        _budget = (choice & 1) != 0 ? 0 : int.MaxValue;
    }

    private void Pop(int count)
    {
        for (; count > 0 && _queue is not null; count--)
        {
            uint before = _queue.Base;
            int budget = _queue.Budget;
            bool popped = _queue.TryPop(out DescriptorChain? chain);
            // A split ring's base counts chains; a packed one's counts descriptors.
            int passed = _features.Packed ? budget - _queue.Budget : (ushort)(_queue.Base - before);
            _taken += (ulong)passed;
            Promise.Keep(passed <= _budget && passed >= (popped ? 1 : 0), "a turn takes no more than its budget");
            if (_budget != int.MaxValue)
                _budget -= passed;
            NoteIf(6, _queue.OutOfBudget);
            if (chain is null)
                return;
            Promise.Keep(!_broken, "a broken queue gives nothing");
            HeldChain held = new(chain, _queue, _table.Regions);
            held.Check();
            NoteIf(7, !chain.Readable.IsEmpty);
            NoteIf(8, !chain.Writable.IsEmpty);
            Note(16 + BitOperations.Log2((uint)(chain.Readable.Length + chain.Writable.Length + 1)));
            _held.Add(held);
        }
    }

    private void Complete(byte pick, byte written)
    {
        HeldChain held = Pick(pick);
        _held.Remove(held);
        _queue!.Complete(held.Chain, written switch { 0xff => uint.MaxValue, 0xfe => held.Use(written), _ => written });
        NoteIf(9, _pending);
    }

    // The device may remember the queue that the chain came from, or only the one that it has now.
    private void CompleteLate(byte choice)
    {
        HeldChain held = _late[choice % _late.Count];
        _late.Remove(held);
        _ = held.Use(choice);
        int before = _queue?.InFlight ?? 0;
        ((choice & 1) != 0 && _queue is not null ? _queue : held.Queue).Complete(held.Chain, choice);
        Promise.Keep(before == (_queue?.InFlight ?? 0), "a chain of an earlier start does not count in this one");
        Note(10);
    }

    private void Publish()
    {
        if (_queue is null)
            return;
        bool interrupt = _queue.Publish();
        Promise.Keep(!interrupt || _pending, "no interrupt without a completion");
        NoteIf(11, interrupt);
        NoteIf(12, _pending && !interrupt);
        if (_pending && !_broken && _driver.Layout.IsProper && !_features.Packed)
            Promise.Keep(_driver.UsedIndex == (ushort)(_usedAtStart + _queue.Counters.Chains), "the used index counts the chains that went back");
        _pending = false;
    }

    /// <summary>A whole turn as a real owner and a real device have it.</summary>
    private void Serve()
    {
        if (_queue is null)
            return;
        BeginTurn(64);
        _queue.SuppressKicks();
        int before = _held.Count;
        Pop(64);
        while (_held.Count > before)
            Complete((byte)(_held.Count - 1), 0xfe);
        EndTurn(0);
        Publish();
        NoteIf(13, _queue.RequestKicks());
    }

    private void Check()
    {
        if (_queue is null)
            return;
        // In order, what is done but not the oldest is still in flight.
        Promise.Keep(_features.InOrder ? _queue.InFlight >= _held.Count : _queue.InFlight == _held.Count, "the queue counts what the device holds");
        Promise.Keep(_queue.InFlight <= _size, "each chain in flight has a descriptor");
        Promise.Keep(
            !_features.Packed || Next(_queue.Base >> 16).DistanceTo(Next(_queue.Base), _size) is int held && held >= _queue.InFlight && held <= _size,
            "the device is behind the driver, by a ring at most");
        Promise.Keep(_queue.Counters.Chains + (ulong)_held.Count <= _taken, "no more goes back than was taken");
        Promise.Keep(_queue.IsBroken == _broken, "the owner is told of a broken ring");
    }

    // Both sides of a packed ring begin at the same place; 0 is the usual one.
    private uint Base(ushort start) => !_features.Packed ? start : start == 0 ? 0x8000_8000 : start | ((uint)start << 16);

    private static PackedPosition Next(uint ringBase) => PackedPosition.FromBits((ushort)ringBase);

    private HeldChain Pick(byte pick) => _held[pick % _held.Count];

    private void Note(int kind) => _seen |= 1UL << kind;

    private void NoteIf(int kind, bool happened)
    {
        if (happened)
            Note(kind);
    }
}
