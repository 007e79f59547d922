// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>A ring that cannot be trusted stops, tells its owner once, and harms no other.</summary>
public sealed class BrokenRingTests
{
    [Theory]
    [InlineData(17, false)]
    [InlineData(16, true)]
    [InlineData(-1, false)]
    [InlineData(0x8000, false)]
    public void The_available_index_may_be_one_ring_ahead_and_no_more(int jump, bool good)
    {
        foreach (ushort start in new ushort[] { 0, 0xfff8, 0x1234 })
        {
            RingFixture f = new(start: start);
            for (ushort i = 0; i < 16; i++)
                f.Driver.Put(f.Driver.Chain(i, Desc.Out(f.Data, 1)));
            f.Driver.AvailableIndex = (ushort)(start + jump);
            f.Queue.BeginTurn(RingFixture.Budget);
            int taken = 0;
            while (f.Queue.TryPop(out DescriptorChain? chain))
            {
                f.Queue.Complete(chain, 0);
                taken++;
            }

            Assert.Equal(good ? 16 : 0, taken);
            Assert.Equal(good, !f.Queue.IsBroken);
            Assert.Equal(good ? 0 : 1, f.Owner.Broken.Count);
        }
    }

    [Fact]
    public void A_jump_is_found_in_the_middle_of_a_turn_as_well()
    {
        RingFixture f = new();
        DescriptorChain held = f.OfferAndPop(Desc.In(f.Data, 1));
        f.Driver.AvailableIndex = 0;
        Assert.False(f.Queue.TryPop(out _));
        AssertBroken(f);
        // What is in flight is freed, not returned.
        f.Queue.Complete(held, 1);
        Assert.False(held.IsInFlight);
        Assert.Equal(0, f.Queue.InFlight);
        AssertBroken(f);
    }

    [Fact]
    public void Others_go_on()
    {
        TestGuest guest = new((0, 1 << 20));
        RecordingOwner owner = new();
        DriverRing good = new(guest, 0x10000, 8);
        RingFixture bad = new(guest: guest);
        Assert.True(SplitVirtqueue.TryCreate(1, 8, good.Addresses, 0, default, guest.Memory, owner, out SplitVirtqueue? queue, out _));
        bad.Driver.AvailableIndex = 0x4000;
        bad.Queue.BeginTurn(1);
        AssertBroken(bad);

        good.Offer(good.Chain(0, Desc.In(0x20000, 4)));
        queue!.BeginTurn(1);
        Assert.True(queue.TryPop(out DescriptorChain? chain));
        queue.Complete(chain, 4);
        Assert.True(queue.Publish());
        Assert.Equal([(0u, 4u)], good.TakeAllUsed());
        Assert.Empty(owner.Broken);
    }

    [Fact]
    public void A_new_start_is_as_good_as_new()
    {
        RingFixture f = new();
        f.Driver.AvailableIndex = 0x4000;
        f.Queue.BeginTurn(1);
        f.Queue.Stop();
        f.Driver.AvailableIndex = 0;
        SplitVirtqueue next = f.Open(0);
        f.Offer(0, Desc.In(f.Data, 1));
        next.BeginTurn(1);
        Assert.True(next.TryPop(out _));
    }

    // In an owner's own words: it may stop the queue while it is being told.
    [Fact]
    public void An_owner_may_stop_the_queue_from_within_the_message()
    {
        RingFixture f = new();
        StoppingOwner owner = new();
        Assert.True(SplitVirtqueue.TryCreate(0, 16, f.Driver.Addresses, 0, default, f.Guest.Memory, owner, out SplitVirtqueue? queue, out _));
        f.Driver.AvailableIndex = 0x4000;
        queue!.EndTurn(paused: false);
        Assert.False(queue.TryPop(out _));
        Assert.True(owner.Told);
    }

    private static void AssertBroken(RingFixture f)
    {
        Assert.True(f.Queue.IsBroken);
        Assert.Contains("jumped", Assert.Single(f.Owner.Broken), StringComparison.Ordinal);
        f.Driver.AvailableIndex = 1;
        f.Queue.BeginTurn(RingFixture.Budget);
        Assert.False(f.Queue.TryPop(out _));
        Assert.False(f.Queue.RequestKicks());
        Assert.False(f.Queue.Publish());
        f.Queue.RequestService();
        Assert.Equal(0, f.Owner.ServiceRequests);
        Assert.Equal(0, f.Driver.UsedIndex);
        Assert.Single(f.Owner.Broken);
    }

    private sealed class StoppingOwner : IVirtqueueOwner
    {
        public bool Told { get; private set; }

        public void CompletionsPending(Virtqueue queue)
        {
        }

        public void ServiceRequested(Virtqueue queue)
        {
        }

        public void QueueBroken(Virtqueue queue, string reason)
        {
            Told = true;
            ((OwnedVirtqueue)queue).Stop();
        }

        public void TranslationMissing(Virtqueue queue, VhostDevice.Virtio.Memory.IotlbMiss miss)
        {
        }

        public void Drained(Virtqueue queue)
        {
        }
    }
}
