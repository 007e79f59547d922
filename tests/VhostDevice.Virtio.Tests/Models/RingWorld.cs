// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>A driver, the real queue and a device that answers late and out of order; and what all of it should look like.</summary>
internal sealed class RingWorld
{
    private readonly RingFixture _f;
    private readonly Random _random;
    private readonly bool _eventIdx;
    private readonly GuestRegion _plugged;

    // The model: what is exposed and not taken, what is held, what is completed and not published.
    private readonly Queue<ushort> _exposed = new();
    private readonly List<DescriptorChain> _held = [];
    private readonly Queue<ushort> _completed = new();
    private int _unseen;
    private int _budget = RingFixture.Budget;
    private ushort _base;
    private ushort _published;
    private bool _everPublished;

    public RingWorld(ushort size, bool eventIdx, ushort start, int seed)
    {
        TestGuest guest = new((0, ModelDriver.MemoryFor(size)));
        _f = new RingFixture(size, eventIdx, start: start, guest: guest);
        _plugged = guest.Add(1UL << 40, 4096);
        _random = new Random(seed);
        _eventIdx = eventIdx;
        _base = _published = start;
        Driver = new ModelDriver(_f, _random);
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
                Assert.True(choice == 253 ? _f.Guest.Change(_f.Queue, _plugged) : _f.Guest.Change(_f.Queue));
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
        Assert.Equal(0ul, _f.Queue.Counters.Malformed);
        Assert.Equal((ulong)Driver.Returned, _f.Queue.Counters.Chains);
        Assert.False(_f.Queue.HasAvailable);
        Assert.False(_f.Queue.IsBroken);
    }

    private void Check()
    {
        Assert.Equal(_exposed.Count > 0, _f.Queue.HasAvailable);
        Assert.Equal(_unseen > 0, _f.Queue.HasUnseen);
        Assert.Equal(_held.Count, _f.Queue.InFlight);
        Assert.Equal(_base, _f.Queue.Base);
        Assert.Equal(_published, _f.Driver.UsedIndex);
    }

    private void Expose()
    {
        foreach (ushort head in Driver.Put)
            _exposed.Enqueue(head);
        _unseen += Driver.Put.Count;
        Driver.Expose();
    }

    private void Pop()
    {
        if (_budget == 0)
        {
            Assert.False(_f.Queue.TryPop(out _));
            Assert.Equal(_exposed.Count > 0, _f.Queue.OutOfBudget);
            BeginTurn(RingFixture.Budget);
        }

        // A queue that has taken all it knows of looks again.
        if (_exposed.Count == _unseen)
            _unseen = 0;
        bool popped = _f.Queue.TryPop(out DescriptorChain? chain);
        Assert.Equal(_exposed.TryDequeue(out ushort head), popped);
        if (chain is null)
            return;
        _base++;
        _budget--;
        Assert.Equal(head, chain.Head);
        Assert.Equal(Driver.Out[head].Sent, chain.ReadAll());
        Assert.Equal(Driver.Out[head].RoomBytes, (int)chain.WritableBytes);
        _held.Add(chain);
    }

    private void CompleteAny()
    {
        if (_held.Count == 0)
            return;
        int pick = _random.Next(_held.Count);
        DescriptorChain chain = _held[pick];
        _held.RemoveAt(pick);
        ChainWriter writer = chain.Writer();
        byte[] answer = Request.Answer(chain.ReadAll(), _random.Next(0, (int)chain.WritableBytes + 1));
        Assert.Equal(answer.Length, writer.Write(answer));
        _f.Queue.Complete(chain, writer.Written);
        _completed.Enqueue(chain.Head);
    }

    private void Publish()
    {
        // The specification's sentence, word for word: an entry written at the index that used_event names.
        bool passed = false;
        for (int i = 0; i < _completed.Count; i++)
            passed |= (ushort)(_published + i) == _f.Driver.UsedEvent;
        bool wanted = _completed.Count > 0
            && (_eventIdx ? passed || !_everPublished : (_f.Driver.AvailableFlags & 1) == 0);
        _everPublished |= _completed.Count > 0;
        _published += (ushort)_completed.Count;
        _completed.Clear();
        Assert.Equal(wanted, _f.Queue.Publish());
    }

    private void BeginTurn(int budget)
    {
        _f.Queue.BeginTurn(budget);
        _f.Queue.SuppressKicks();
        Assert.Equal(_eventIdx ? 0 : 1, _f.Driver.UsedFlags);
        _budget = budget;
        _unseen = 0;
    }

    private void RequestKicks()
    {
        Assert.Equal(_unseen > 0, _f.Queue.RequestKicks());
        Assert.Equal(0, _f.Driver.UsedFlags);
        if (_eventIdx)
            Assert.Equal((ushort)(_base + _exposed.Count - _unseen), _f.Driver.AvailEvent);
    }

    private void ChangeWishes()
    {
        if (_eventIdx)
            _f.Driver.UsedEvent = (ushort)(_published + _random.Next(-2, 4));
        else
            _f.Driver.AvailableFlags = (ushort)_random.Next(0, 2);
    }
}
