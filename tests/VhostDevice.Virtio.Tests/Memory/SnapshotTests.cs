// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Memory;

/// <summary>A mapping goes when nobody can touch it any more: not one chain earlier, and exactly once.</summary>
public sealed class SnapshotTests
{
    private const ulong Low = 0;
    private const ulong High = 0x100000;

    [Fact]
    public void The_last_holder_lets_go_of_every_region_once()
    {
        TestGuest guest = new((Low, 0x1000), (High, 0x1000));
        guest.Memory.Retain();
        guest.Memory.Release();
        Assert.Equal(0, guest.Disposals);
        guest.Memory.Release();
        Assert.All(guest.Backings, static b => Assert.Equal(1, b.Disposals));
    }

    [Fact]
    public void A_region_in_two_snapshots_stays_until_both_are_gone()
    {
        TestGuest guest = new((Low, 0x1000), (High, 0x1000));
        GuestMemory next = guest.Snapshot(guest.Regions[1]);
        guest.Memory.Release();
        Assert.Equal(0, guest.Backings[0].Disposals);
        Assert.Equal(1, guest.Backings[1].Disposals);
        next.Release();
        Assert.Equal(1, guest.Backings[0].Disposals);
    }

    [Fact]
    public void A_refused_table_holds_nothing()
    {
        TestGuest guest = new((Low, 0x1000));
        GuestRegion clash = new TestGuest((0x800, 0x1000)).Regions[0];
        Assert.False(GuestMemory.TryCreate([guest.Regions[0], clash], out _, out _));
        guest.Memory.Release();
        Assert.Equal(1, guest.Disposals);
    }

    [Fact]
    public void A_region_that_no_snapshot_took_is_discarded_and_one_in_use_is_not()
    {
        TestGuest guest = new((Low, 0x1000));
        GuestRegion spare = guest.Add(High, 0x1000);
        spare.Discard();
        guest.Regions[0].Discard();
        Assert.Equal(1, guest.Backings[1].Disposals);
        Assert.Equal(0, guest.Backings[0].Disposals);
    }

    [Fact]
    public void A_chain_in_flight_keeps_its_memory_over_a_change_of_the_table()
    {
        TestGuest guest = new((Low, 0x10000), (High, 0x1000));
        RingFixture f = new(guest: guest);
        DescriptorChain held = f.OfferAndPop(Desc.In(High + 16, 4));
        f.Offer(1, Desc.In(High + 32, 4));

        Assert.True(guest.Change(f.Queue, guest.Regions[1]));
        Assert.Equal(0, guest.Disposals);
        // A chain taken now sees the new table, where its buffer is gone.
        f.AssertNextIsMalformed(1);

        Assert.True(held.Writer().TryWrite(0x11223344));
        f.Queue.Complete(held, 4);
        Assert.Equal(1, guest.Backings[1].Disposals);
        Assert.Equal(0, guest.Backings[0].Disposals);
        Assert.Equal(0x44, guest.Span(High + 16, 1)[0]);
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 4u)], f.Driver.TakeAllUsed());
        f.Queue.Stop();
        Assert.Equal(0, guest.Backings[0].Disposals);
        guest.Memory.Release();
        Assert.Equal(1, guest.Backings[0].Disposals);
    }

    [Fact]
    public void A_chain_in_flight_keeps_its_memory_over_a_stop()
    {
        TestGuest guest = new((Low, 0x10000), (High, 0x1000));
        RingFixture f = new(guest: guest);
        DescriptorChain held = f.OfferAndPop(Desc.In(High, 4));
        guest.Memory.Release(); // the front-end is gone
        f.Queue.Stop();
        Assert.Equal(0, guest.Disposals);
        f.Queue.Complete(held, 4);
        Assert.All(guest.Backings, static b => Assert.Equal(1, b.Disposals));
    }

    [Fact]
    public void Malformed_chains_hold_nothing()
    {
        TestGuest guest = new((Low, 0x10000));
        RingFixture f = new(guest: guest);
        f.OfferMalformed(Desc.In(f.Data, 4), Desc.In(High, 4));
        guest.Memory.Release();
        f.Queue.Stop();
        Assert.Equal(1, guest.Disposals);
    }

    [Fact]
    public void A_chain_in_a_region_that_comes_and_goes_is_served_from_the_table_of_its_time()
    {
        TestGuest guest = new((Low, 0x10000));
        RingFixture f = new(guest: guest);
        for (int round = 1; round <= 50; round++)
        {
            GuestRegion plugged = guest.Add(High, 0x1000);
            Assert.True(guest.Change(f.Queue, [.. guest.Regions.Skip(1).SkipLast(1)]));
            DescriptorChain chain = f.OfferAndPop(Desc.In(High, 4));
            Assert.True(guest.Change(f.Queue, [.. guest.Regions.Skip(1)]));
            Assert.Equal(round - 1, guest.Disposals);
            Assert.True(chain.Writer().TryWrite(round));
            f.Queue.Complete(chain, 4);
            Assert.Equal(round, guest.Disposals);
            Assert.Equal(1, guest.Backings[round].Disposals);
            unsafe
            {
                Assert.Equal(round, *(int*)plugged.Host);
            }
        }

        f.Queue.Stop();
        guest.Memory.Release();
        Assert.All(guest.Backings, static b => Assert.Equal(1, b.Disposals));
    }
}
