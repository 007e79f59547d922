// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>Chains that a device took and did not need go back into the ring as if they had not been taken.</summary>
public sealed class PutBackTests
{
    [Fact]
    public void A_split_rings_chains_come_again_in_their_order()
    {
        RingFixture f = new(size: 8);
        for (ushort i = 0; i < 3; i++)
            f.Driver.Offer(f.Driver.Chain(i, Desc.In(f.Data + (ulong)(16 * i), 16)));
        ComeAgain(f.Queue, start: 0, end: 3);
        Assert.Equal([(0u, 1u), (1u, 1u), (2u, 1u)], f.Driver.TakeAllUsed());
    }

    [Fact]
    public void A_packed_rings_chains_come_again_in_their_order()
    {
        PackedFixture f = new(size: 8);
        // Around the end of the ring, and chains of more than one descriptor.
        for (ushort lap = 0; lap < 3; lap++)
        {
            uint start = f.Queue.Base;
            for (ushort i = 0; i < 3; i++)
                f.Driver.Put(i, Desc.In(f.Data + (ulong)(16 * i), 8), Desc.In(f.Data + (ulong)(16 * i) + 8, 8));
            f.Driver.Expose();
            ComeAgain(f.Queue, start, end: null);
            for (ushort i = 0; i < 3; i++)
            {
                Assert.True(f.Driver.TryTakeUsed(out ushort id, out uint length));
                Assert.Equal((i, 1u), (id, length));
            }
        }
    }

    [Fact]
    public void A_chain_that_is_not_in_flight_cannot_go_back()
    {
        RingFixture f = new(size: 8);
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(f.Data, 16)));
        f.Queue.BeginTurn(10);
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        Assert.True(f.Queue.PutBack(chain));
        Assert.Throws<InvalidOperationException>(() => f.Queue.PutBack(chain));
    }

    [Fact]
    public void After_a_stop_a_chain_is_freed()
    {
        RingFixture f = new(size: 8);
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(f.Data, 16)));
        f.Queue.BeginTurn(10);
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        f.Queue.Stop();
        Assert.False(f.Queue.PutBack(chain));
        Assert.False(chain.IsInFlight);
    }

    [Fact]
    public void Memory_that_changed_meanwhile_is_let_go_of_where_the_chain_held_it()
    {
        TestGuest guest = new((0, 1 << 20));
        GuestRegion second = guest.Add(1 << 20, 1 << 20);
        RingFixture f = new(size: 8, guest: guest);
        Assert.True(guest.Change(f.Queue));
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(1 << 20, 16)));
        f.Queue.BeginTurn(10);
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        Assert.True(guest.Change(f.Queue, without: second));
        Assert.Equal(0, guest.Disposals);
        Assert.True(f.Queue.PutBack(chain));
        Assert.Equal(1, guest.Disposals);
        f.Queue.Stop();
        Assert.Equal(1, guest.Disposals);
    }

    /// <summary>Anything else would shift the position in the ring: a request would be lost, another one served twice.</summary>
    [Fact]
    public void Only_the_chain_that_was_taken_last_can_go_back()
    {
        RingFixture split = new(size: 8);
        PackedFixture packed = new(size: 8);
        for (ushort i = 0; i < 2; i++)
        {
            split.Driver.Offer(split.Driver.Chain(i, Desc.In(split.Data, 16)));
            packed.Driver.Put(i, Desc.In(packed.Data, 16));
        }

        packed.Driver.Expose();
        foreach (OwnedVirtqueue queue in new OwnedVirtqueue[] { split.Queue, packed.Queue })
        {
            queue.BeginTurn(10);
            Assert.True(queue.TryPop(out DescriptorChain? first));
            Assert.True(queue.TryPop(out DescriptorChain? second));
            uint at = queue.Base;
            Assert.Throws<InvalidOperationException>(() => queue.PutBack(first));
            Assert.Equal((2, at), (queue.InFlight, queue.Base));
            Assert.True(queue.PutBack(second));
            Assert.True(queue.PutBack(first));
            Assert.Equal(0, queue.InFlight);
        }
    }

    /// <summary>What made no sense was taken out of the ring, too, and is back already.</summary>
    [Fact]
    public void Behind_a_malformed_chain_nothing_goes_back()
    {
        RingFixture f = new(size: 8);
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(f.Data, 16)));
        f.Queue.BeginTurn(10);
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        f.Driver.Offer(f.Driver.Chain(1, Desc.In(1UL << 40, 16)));
        Assert.False(f.Queue.TryPop(out _));
        uint at = f.Queue.Base;
        Assert.Throws<InvalidOperationException>(() => f.Queue.PutBack(chain));
        Assert.False(f.Queue.TryPutBack(chain));
        Assert.Equal((1, at), (f.Queue.InFlight, f.Queue.Base));
        f.Queue.Complete(chain, 1);
        Assert.Equal(0, f.Queue.InFlight);
    }

    /// <summary>A device that asks gets an answer: from the last one to the first behind which something else was taken.</summary>
    [Fact]
    public void As_many_go_back_as_can()
    {
        RingFixture f = new(size: 8);
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(f.Data, 16)));
        f.Driver.Offer(f.Driver.Chain(1, Desc.In(1UL << 40, 16)));
        f.Driver.Offer(f.Driver.Chain(2, Desc.In(f.Data, 16)));
        f.Driver.Offer(f.Driver.Chain(3, Desc.In(f.Data, 16)));
        f.Queue.BeginTurn(10);
        List<DescriptorChain> held = [];
        while (f.Queue.TryPop(out DescriptorChain? chain))
            held.Add(chain);
        Assert.Equal([0, 2, 3], held.Select(static c => (int)c.Head));
        Assert.True(f.Queue.TryPutBack(held[2]));
        Assert.True(f.Queue.TryPutBack(held[1]));
        Assert.False(f.Queue.TryPutBack(held[0]));
        Assert.Equal(1, f.Queue.InFlight);
        Assert.True(f.Queue.TryPop(out DescriptorChain? again));
        Assert.Equal(2, again.Head);
    }

    /// <summary>Where there is no ring to go back into, the chain is out of the device's hands all the same.</summary>
    [Fact]
    public void After_a_stop_asking_frees_it_too()
    {
        RingFixture f = new(size: 8);
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(f.Data, 16)));
        f.Queue.BeginTurn(10);
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        f.Queue.Stop();
        Assert.True(f.Queue.TryPutBack(chain));
        Assert.False(chain.IsInFlight);
        Assert.Throws<InvalidOperationException>(() => f.Queue.TryPutBack(chain));
    }

    [Fact]
    public void A_paused_ring_stays_paused()
    {
        RingFixture f = new(size: 8);
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(f.Data, 16)));
        f.Queue.BeginTurn(10);
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        f.Queue.EndTurn(paused: true);
        Assert.True(f.Queue.PutBack(chain));
        Assert.False(f.Queue.TryPop(out _));
    }

    /// <summary>Between turns there is no budget that could be exceeded.</summary>
    [Fact]
    public void A_chain_of_a_turn_goes_back_after_it_and_comes_again()
    {
        RingFixture f = new(size: 8);
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(f.Data, 16)));
        f.Queue.BeginTurn(10);
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        f.Queue.EndTurn(paused: false);
        Assert.True(f.Queue.PutBack(chain));
        Assert.True(f.Queue.TryPop(out _));
    }

    private static void ComeAgain(OwnedVirtqueue queue, uint start, uint? end)
    {
        queue.BeginTurn(10);
        DescriptorChain[] chains = new DescriptorChain[3];
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.True(queue.TryPop(out DescriptorChain? chain));
                chains[i] = chain;
                Assert.Equal((i, 16u), (chain.Head, chain.WritableBytes));
            }

            Assert.False(queue.TryPop(out _));
            if (round > 0)
                break;
            for (int i = 2; i >= 0; i--)
                Assert.True(queue.PutBack(chains[i]));
            Assert.Equal((0, start, 10), (queue.InFlight, queue.Base, queue.Budget));
            Assert.True(queue.HasAvailable);
        }

        foreach (DescriptorChain chain in chains)
            queue.Complete(chain, 1);
        queue.EndTurn(paused: false);
        _ = queue.Publish();
        if (end is { } expected)
            Assert.Equal(expected, queue.Base);
    }
}
