// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>
/// A driver and a device at a ring, at random, which take down what a crash would leave after each store to the record.
/// A world may begin where another one crashed.
/// </summary>
internal sealed class CrashWorld
{
    private const ushort Size = 8;

    private readonly Random _random;
    private readonly RingFixture _f;
    private readonly Record _record;
    private readonly SplitVirtqueue _queue;
    private readonly List<ushort> _outstanding = [];
    private readonly List<DescriptorChain> _held = [];
    private readonly List<Crash> _crashes;
    private ushort _taken;

    /// <param name="start">Where a new ring begins.</param>
    /// <param name="after">The crash to go on after; null: a new ring.</param>
    /// <param name="crashes">Where the crashes of this world are collected.</param>
    public CrashWorld(int seed, ushort start, Crash? after, List<Crash> crashes)
    {
        _random = new Random(seed);
        _crashes = crashes;
        _f = new RingFixture(Size, start: start, guest: new TestGuest((0, 0x4000)));
        _record = new Record(Size, stored: () => _crashes.Add(Snapshot()));
        _taken = start;
        if (after is not null)
        {
            after.Ring.CopyTo(_f.Guest.Span(0, after.Ring.Length));
            after.Record.CopyTo(_record.Content);
            _taken = after.Taken;
            _outstanding.AddRange(after.Outstanding);
            _f.Driver.Continue(_taken);
        }

        // A front-end that lost its back-end knows the used index and nothing else.
        _queue = _f.Open(_f.Driver.UsedIndex);
        Assert.True(_queue.TryTrack(_record.Region, out bool goesOn, out string problem), problem);
        // One that died before the record was ready had taken nothing yet.
        Assert.True(goesOn || after is null || after.Outstanding.Length == 0);
        _queue.BeginTurn(RingFixture.Budget);
    }

    /// <summary>Heads in the order in which the device was given them.</summary>
    public List<ushort> Served { get; } = [];

    /// <summary>Heads in the order in which they came back.</summary>
    public List<ushort> Returned { get; } = [];

    public void Run(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            switch (_random.Next(8))
            {
                case 0 or 1:
                    Offer();
                    break;
                case 2 or 3:
                    Pop();
                    break;
                case 4 or 5:
                    Complete();
                    break;
                case 6:
                    _ = _queue.Publish();
                    break;
                default:
                    TakeUsed();
                    break;
            }
        }
    }

    /// <summary>Serves everything that there is.</summary>
    public void Drain()
    {
        while (Pop())
        {
        }

        while (_held.Count > 0)
            Complete();
        _ = _queue.Publish();
        TakeUsed();
        Assert.False(_queue.IsBroken);
        Assert.False(_queue.HasAvailable);
        Assert.Equal(0ul, _queue.Counters.Malformed);
        Assert.Empty(_record.Marked);
        Assert.Empty(_outstanding);
    }

    private Crash Snapshot() => new(_f.Guest.Copy(0, (int)_f.Driver.End), _record.Content.ToArray(), [.. _outstanding], _taken);

    private void Offer()
    {
        ushort[] free = [.. Enumerable.Range(0, Size).Select(static i => (ushort)i).Except(_outstanding)];
        if (free.Length == 0)
            return;
        ushort head = free[_random.Next(free.Length)];
        _f.Driver.Put(_f.Driver.Chain(head, Desc.In(_f.Data, 16)));
        _outstanding.Add(head);
        _f.Driver.Expose();
    }

    private bool Pop()
    {
        if (!_queue.TryPop(out DescriptorChain? chain))
            return false;
        Served.Add(chain.Head);
        _held.Add(chain);
        return true;
    }

    private void Complete()
    {
        if (_held.Count == 0)
            return;
        int pick = _random.Next(_held.Count);
        _queue.Complete(_held[pick], 16);
        _held.RemoveAt(pick);
    }

    private void TakeUsed()
    {
        while (_f.Driver.TryTakeUsed(out SplitUsedElement element))
        {
            _taken++;
            // Nothing comes back that the driver does not wait for, so nothing comes back twice.
            Assert.True(_outstanding.Remove((ushort)element.Id), $"{element.Id} came back and was not in flight");
            Returned.Add((ushort)element.Id);
        }
    }
}
