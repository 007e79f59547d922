// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>After a stop the ring's memory may be gone: a device that kept the queue must not make it be touched.</summary>
public sealed class StoppedQueueTests
{
    [Fact]
    public void A_stopped_queue_takes_returns_and_asks_nothing()
    {
        RingFixture f = new();
        f.Offer(0, Desc.In(f.Data, 8));
        f.Queue.Stop();
        AssertTouchesNothing(f);
    }

    [Fact]
    public void A_queue_whose_rings_left_the_memory_takes_returns_and_asks_nothing()
    {
        RingFixture f = new(guest: new TestGuest((0, 0x10000), (0x100000, 0x1000)));
        f.Offer(0, Desc.In(f.Data, 8));
        Assert.False(f.Guest.Change(f.Queue, f.Guest.Regions[0]));
        AssertTouchesNothing(f);
    }

    [Fact]
    public void Completions_between_losing_the_rings_and_the_stop_touch_nothing()
    {
        RingFixture f = new(guest: new TestGuest((0, 0x10000), (0x100000, 0x1000)));
        DescriptorChain chain = f.OfferAndPop(Desc.In(f.Data, 8));
        Assert.False(f.Guest.Change(f.Queue, f.Guest.Regions[0]));
        f.Queue.Complete(chain, 8);
        Assert.False(f.Queue.Publish());
        Assert.Equal(0, f.Queue.InFlight);
        Assert.Equal(0, f.Driver.UsedIndex);
        Assert.Equal(0, f.Owner.Pending);
    }

    [Fact]
    public void A_stop_is_for_good()
    {
        RingFixture f = new();
        f.Queue.Stop();
        f.Queue.Stop();
        Assert.False(f.Queue.TryChangeMemory(f.Guest.Memory));
        AssertTouchesNothing(f);
    }

    [Fact]
    public void A_chain_of_the_former_start_is_freed_and_not_returned_by_the_next_one()
    {
        RingFixture f = new();
        DescriptorChain late = f.OfferAndPop(Desc.In(f.Data, 8));
        f.Queue.Stop();
        SplitVirtqueue next = f.Open(f.Queue.Base);
        next.BeginTurn(RingFixture.Budget);

        // A device that only remembers its current queue completes the old chain there.
        next.Complete(late, 8);

        Assert.False(late.IsInFlight);
        Assert.Equal(0, next.InFlight);
        Assert.False(next.Publish());
        Assert.Equal(0, f.Driver.UsedIndex);
    }

    [Fact]
    public void A_chain_completed_after_the_stop_is_freed()
    {
        RingFixture f = new();
        DescriptorChain late = f.OfferAndPop(Desc.In(f.Data, 8));
        f.Queue.Stop();
        f.Queue.Complete(late, 8);
        Assert.False(late.IsInFlight);
        Assert.Equal(0, f.Queue.InFlight);
        Assert.Equal(0, f.Driver.UsedIndex);
        Assert.Throws<InvalidOperationException>(() => f.Queue.Complete(late, 8));
    }

    [Fact]
    public void A_chain_of_another_live_queue_is_refused_and_stays_in_flight()
    {
        RingFixture f = new();
        RingFixture other = new();
        DescriptorChain chain = f.OfferAndPop(Desc.In(f.Data, 8));
        Assert.Throws<InvalidOperationException>(() => other.Queue.Complete(chain, 8));
        Assert.True(chain.IsInFlight);
        Assert.Equal(0, other.Queue.InFlight);
        f.Queue.Complete(chain, 8);
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 8u)], f.Driver.TakeAllUsed());
    }

    [Fact]
    public void A_restart_goes_on_where_the_ring_was_left()
    {
        RingFixture f = new(start: 0xfffe);
        for (ushort i = 0; i < 5; i++)
            f.Driver.Offer(f.Driver.Chain(i, Desc.In(f.Data, 8)));
        f.Queue.Complete(f.Pop(), 1);
        f.Queue.Complete(f.Pop(), 2);
        _ = f.Queue.Publish();
        f.Queue.Stop();
        Assert.Equal(0u, f.Queue.Base);

        SplitVirtqueue next = f.Open(f.Queue.Base);
        next.BeginTurn(RingFixture.Budget);
        while (next.TryPop(out DescriptorChain? chain))
            next.Complete(chain, 3);
        _ = next.Publish();
        Assert.Equal([(0u, 1u), (1u, 2u), (2u, 3u), (3u, 3u), (4u, 3u)], f.Driver.TakeAllUsed());
    }

    private static void AssertTouchesNothing(RingFixture f)
    {
        f.Driver.UsedFlags = 0x55;
        f.Driver.AvailEvent = 0x66;
        f.Queue.BeginTurn(RingFixture.Budget);
        Assert.False(f.Queue.HasAvailable);
        Assert.False(f.Queue.HasUnseen);
        Assert.False(f.Queue.TryPop(out _));
        Assert.False(f.Queue.OutOfBudget);
        f.Queue.SuppressKicks();
        Assert.False(f.Queue.RequestKicks());
        Assert.False(f.Queue.Publish());
        f.Queue.RequestService();
        f.Queue.EndTurn(paused: false);
        Assert.Equal(0x55, f.Driver.UsedFlags);
        Assert.Equal(0x66, f.Driver.AvailEvent);
        Assert.Equal(0, f.Owner.ServiceRequests);
        Assert.Equal(0, f.Owner.Pending);
        Assert.Empty(f.Owner.Broken);
    }
}
