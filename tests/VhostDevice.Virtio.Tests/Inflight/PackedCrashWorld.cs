// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>Shared memory and the driver as a back-end left them that died at one certain store.</summary>
/// <param name="Order">Ids that are out, in the order in which they were made available.</param>
internal sealed record PackedCrash(byte[] Ring, byte[] Record, PackedDriverState Driver, ushort[] Order);

/// <summary>As <see cref="CrashWorld"/>, with a packed ring and chains of one to three descriptors.</summary>
internal sealed class PackedCrashWorld
{
    private const ushort Size = 7; // no power of two: the wrap counters matter

    private readonly Random _random;
    private readonly PackedFixture _f;
    private readonly Record _record;
    private readonly PackedVirtqueue _queue;
    private readonly List<ushort> _order = [];
    private readonly List<DescriptorChain> _held = [];
    private readonly List<PackedCrash> _crashes;

    public PackedCrashWorld(int seed, PackedCrash? after, List<PackedCrash> crashes)
    {
        _random = new Random(seed);
        _crashes = crashes;
        _f = new PackedFixture(Size, guest: new TestGuest((0, 0x4000)));
        _record = new Record(Size, packed: true, stored: () => _crashes.Add(Snapshot()));
        if (after is not null)
        {
            after.Ring.CopyTo(_f.Guest.Span(0, after.Ring.Length));
            after.Record.CopyTo(_record.Content);
            _f.Driver.State = after.Driver;
            _order.AddRange(after.Order);
        }

        // Front-ends say where the ring began when its back-end has died.
        _queue = _f.Open(0x8000_8000);
        Assert.True(_queue.TryTrack(_record.Region, out _, out string problem), problem);
        _queue.BeginTurn(PackedFixture.Budget);
    }

    /// <summary>Ids in the order in which the device was given them.</summary>
    public List<ushort> Served { get; } = [];

    /// <summary>Ids in the order in which they came back.</summary>
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

    /// <summary>Serves everything that there is, now and then in several batches.</summary>
    public void Drain()
    {
        while (Pop())
        {
        }

        while (_held.Count > 0)
        {
            Complete();
            if (_random.Next(2) == 0)
                _ = _queue.Publish();
            TakeUsed();
        }

        _ = _queue.Publish();
        TakeUsed();
        Assert.Empty(_f.Owner.Broken);
        Assert.False(_queue.HasAvailable);
        Assert.Equal(0ul, _queue.Counters.Malformed);
        Assert.Empty(_f.Driver.Out);
    }

    private PackedCrash Snapshot() => new(_f.Guest.Copy(0, (int)_f.Driver.End), _record.Content.ToArray(), _f.Driver.State, [.. _order]);

    private void Offer()
    {
        int room = Size - _f.Driver.Out.Values.Sum();
        ushort[] ids = [.. Enumerable.Range(0, Size).Select(static i => (ushort)i).Except(_f.Driver.Out.Keys)];
        if (room == 0)
            return;
        ushort id = ids[_random.Next(ids.Length)];
        Desc[] buffers = [.. Enumerable.Range(0, _random.Next(1, Math.Min(3, room) + 1)).Select(i => Desc.In(_f.Data + ((ulong)i * 16), 16))];
        // Out before a crash can be looked at: from the very store on that shows it.
        _order.Add(id);
        _f.Driver.Offer(id, buffers);
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

    // The ring objects to what comes back and is not out.
    private void TakeUsed()
    {
        while (_f.Driver.TryTakeUsed(out ushort id, out _))
        {
            _order.Remove(id);
            Returned.Add(id);
        }
    }
}
