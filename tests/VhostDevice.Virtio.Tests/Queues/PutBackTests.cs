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

    private static void ComeAgain(Virtqueue queue, uint start, uint? end)
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
