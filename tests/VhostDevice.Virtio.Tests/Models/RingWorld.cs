// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>A driver, the real queue and a device that answers late and out of order; and what all of it should look like.</summary>
internal sealed class RingWorld
{
    private readonly ModelRing _ring;
    private readonly Random _random;
    private readonly GuestRegion _plugged;
    private readonly bool _inOrder;

    // The model: what is exposed and not taken, what is held, what is completed and not published.
    private readonly Queue<Request> _exposed = new();
    private readonly List<(DescriptorChain Chain, Request Request)> _held = [];
    private readonly List<(Request Request, bool Done)> _order = [];
    private int _unseen;
    private int _budget = RingFixture.Budget;
    private Progress _taken;
    private Progress _completed;
    private Progress _published;
    private bool _everPublished;

    public RingWorld(RingKind kind, int seed)
    {
        TestGuest guest = new((0, ModelDriver.MemoryFor(kind.Size)));
        _random = new Random(seed);
        _inOrder = kind.InOrder;
        _ring = kind.Packed
            ? new PackedModelRing(
                new PackedFixture(
                    kind.Size,
                    kind.EventIdx,
                    inOrder: kind.InOrder,
                    start: (kind.Start & 0x7fff) % kind.Size,
                    wrap: kind.Start >= 0x8000,
                    guest: guest),
                _random)
            : new SplitModelRing(
                new RingFixture(kind.Size, kind.EventIdx, start: kind.Start, guest: guest, inOrder: kind.InOrder),
                _random,
                kind.Start);
        _plugged = guest.Add(1UL << 40, 4096);
        Driver = new ModelDriver(_ring, _random);
    }

    public ModelDriver Driver { get; }

    public void Step(byte choice)
    {
        switch (choice)
        {
            case < 70:
                _ = Driver.TryMake();
                break;
            case < 100:
                Expose();
                break;
            case < 150:
                Pop();
                break;
            case < 200:
                CompleteAny();
                break;
            case < 220:
                Publish();
                break;
            case < 240:
                while (Driver.TryTake())
                    Check();
                break;
            case < 246:
                BeginTurn(_random.Next(0, 5));
                break;
            case < 250:
                RequestKicks();
                break;
            case < 253:
                ChangeWishes();
                break;
            default:
                Assert.True(choice == 253 ? _ring.Guest.Change(_ring.Queue, _plugged) : _ring.Guest.Change(_ring.Queue));
                break;
        }

        Check();
    }

    /// <summary>Lets everything run out; then nothing may be missing.</summary>
    public void Finish()
    {
        Expose();
        BeginTurn(RingFixture.Budget);
        while (_exposed.Count > 0)
            Pop();
        while (_held.Count > 0)
            CompleteAny();
        Publish();
        while (Driver.TryTake())
            Check();
        Assert.Empty(Driver.Out);
        Assert.Equal(0ul, _ring.Queue.Counters.Malformed);
        Assert.Equal((ulong)Driver.Returned, _ring.Queue.Counters.Chains);
        Assert.False(_ring.Queue.HasAvailable);
        Assert.False(_ring.Queue.IsBroken);
    }

    private void Check()
    {
        Assert.Equal(_exposed.Count > 0, _ring.Queue.HasAvailable);
        Assert.Equal(_unseen > 0, _ring.Queue.HasUnseen);
        Assert.Equal(_taken.Chains - _completed.Chains, _ring.Queue.InFlight);
        Assert.Equal(_ring.BaseAt(_taken, _completed), _ring.Queue.Base);
        _ring.AssertVisible(_published);
    }

    private void Expose()
    {
        foreach (Request request in Driver.Put)
            _exposed.Enqueue(request);
        _unseen += Driver.Put.Count;
        Driver.Expose();
    }

    private void Pop()
    {
        if (_budget == 0)
        {
            Assert.False(_ring.Queue.TryPop(out _));
            Assert.Equal(_exposed.Count > 0, _ring.Queue.OutOfBudget);
            BeginTurn(RingFixture.Budget);
        }

        // A queue that has taken all it knows of looks again.
        if (_exposed.Count == _unseen)
            _unseen = 0;
        bool popped = _ring.Queue.TryPop(out DescriptorChain? chain);
        Assert.Equal(_exposed.TryDequeue(out Request? request), popped);
        if (chain is null)
            return;
        _taken = _taken.Plus(request!.Count);
        _budget--;
        Assert.Equal(request.Id, chain.Head);
        Assert.Equal(request.Sent, chain.ReadAll());
        Assert.Equal(request.RoomBytes, (int)chain.WritableBytes);
        _held.Add((chain, request));
        _order.Add((request, false));
    }

    private void CompleteAny()
    {
        if (_held.Count == 0)
            return;
        int pick = _random.Next(_held.Count);
        (DescriptorChain chain, Request request) = _held[pick];
        _held.RemoveAt(pick);
        ChainWriter writer = chain.Writer();
        byte[] answer = Request.Answer(chain.ReadAll(), _random.Next(0, (int)chain.WritableBytes + 1));
        Assert.Equal(answer.Length, writer.Write(answer));
        _ring.Queue.Complete(chain, writer.Written);
        if (!_inOrder)
        {
            _completed = _completed.Plus(request.Count);
            return;
        }

        // What is done but not the oldest waits.
        _order[_order.FindIndex(o => o.Request == request)] = (request, true);
        for (; _order.Count > 0 && _order[0].Done; _order.RemoveAt(0))
            _completed = _completed.Plus(_order[0].Request.Count);
    }

    private void Publish()
    {
        bool any = _completed != _published;
        bool wanted = any && _ring.WantsInterrupt(_published, _completed, first: !_everPublished);
        _everPublished |= any;
        _published = _completed;
        Assert.Equal(wanted, _ring.Queue.Publish());
    }

    private void BeginTurn(int budget)
    {
        _ring.Queue.BeginTurn(budget);
        _ring.Queue.SuppressKicks();
        _ring.AssertSuppressed();
        _budget = budget;
        _unseen = 0;
    }

    private void RequestKicks()
    {
        Assert.Equal(_unseen > 0, _ring.Queue.RequestKicks());
        Progress seen = _taken;
        foreach (Request request in _exposed.Take(_exposed.Count - _unseen))
            seen = seen.Plus(request.Count);
        _ring.AssertKickWanted(seen);
    }

    private void ChangeWishes() => _ring.WishAnything(_random, _published);
}

/// <summary>A ring as a property test chooses it.</summary>
internal readonly record struct RingKind(bool Packed, ushort Size, bool EventIdx, bool InOrder, ushort Start);
