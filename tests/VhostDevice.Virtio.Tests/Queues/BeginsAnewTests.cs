// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>A queue says whether a driver begins with its ring: positions come round, so they do not tell alone.</summary>
public sealed class BeginsAnewTests
{
    private const uint SplitStart = 0;
    private const uint PackedStart = 0x8000_8000;

    [Fact]
    public void A_new_split_ring_begins_anew()
    {
        RingFixture f = new(size: 8);
        f.Offer(0, Desc.In(f.Data, 8)); // drivers fill some rings before they start them
        Assert.True(Begins(f.Open(SplitStart)));
        Assert.False(Begins(f.Open(1)));
    }

    [Theory, CombinatorialModes]
    public void A_new_packed_ring_begins_anew(bool eventIdx, bool full)
    {
        PackedFixture f = new(size: 8, eventIdx: eventIdx);
        for (ushort id = 0; id < (full ? 8 : 1); id++)
            f.Driver.Offer(id, Desc.In(f.Data, 8));
        Assert.True(Begins(f.Open(PackedStart)));
        Assert.True(Begins(f.Open(0x8000))); // who knows 16 bits only
        Assert.False(Begins(f.Open(0x8001_8001)));
        Assert.False(Begins(f.Open(0x8000_8001)));
    }

    [Fact]
    public void A_ring_of_another_lap_does_not_begin_anew()
    {
        PackedFixture f = new(size: 8, start: 0, wrap: false);
        f.Driver.Descriptor(3).Flags = PackedDescriptor.Used | PackedDescriptor.Available;
        Assert.False(Begins(f.Open(0)));
    }

    [Theory, CombinatorialModes]
    public void A_split_ring_that_comes_round_goes_on(bool eventIdx, bool sameConnection)
    {
        RingFixture f = new(size: 8, eventIdx: eventIdx);
        for (int i = 0; i < 65536; i++)
            ServeOne(f);
        Assert.Equal(SplitStart, f.Queue.Base);
        f.Queue.Stop();
        Assert.False(Begins(f.Open(SplitStart), sameConnection ? SplitStart : null));
    }

    [Theory, CombinatorialModes]
    public void A_packed_ring_that_comes_round_goes_on(bool eventIdx, bool busy)
    {
        PackedFixture f = new(size: 8, eventIdx: eventIdx);
        for (ushort i = 0; i < 16; i++)
            f.ServeOne((ushort)(i % 8));
        _ = f.Queue.RequestKicks();
        Assert.Equal(PackedStart, f.Queue.Base);
        f.Queue.Stop();
        for (ushort id = 0; busy && id < 8; id++)
            f.Driver.Offer(id, Desc.In(f.Data, 8));
        Assert.False(Begins(f.Open(PackedStart), PackedStart));
        // Another process knows what stands in the ring: the request for kicks, where there is one.
        Assert.Equal(!eventIdx, Begins(f.Open(PackedStart)));
    }

    [Fact]
    public void A_new_ring_where_the_former_one_stopped_at_its_start_begins_anew()
    {
        Assert.True(Begins(new RingFixture(size: 8).Open(SplitStart), SplitStart));
        Assert.True(Begins(new PackedFixture(size: 8).Open(PackedStart), PackedStart));
    }

    // Drivers are asked to zero a ring; nothing depends on it where the position tells.
    [Fact]
    public void A_ring_that_stopped_elsewhere_and_is_at_its_start_begins_anew()
    {
        RingFixture split = new(size: 8);
        ServeOne(split);
        Assert.True(Begins(split.Open(SplitStart), stoppedAt: split.Queue.Base));
        PackedFixture packed = new(size: 8);
        packed.ServeOne(0);
        _ = packed.Queue.RequestKicks();
        Assert.True(Begins(packed.Open(PackedStart), stoppedAt: packed.Queue.Base));
    }

    [Fact]
    public void After_a_pause_a_queue_goes_on()
    {
        RingFixture f = new(size: 8);
        f.Queue.Begin(null);
        f.Queue.EndTurn(paused: false);
        Assert.True(f.Queue.BeginsAnew);
        f.Queue.EndTurn(paused: true);
        f.Queue.EndTurn(paused: false);
        Assert.False(f.Queue.BeginsAnew);
    }

    private static bool Begins(OwnedVirtqueue queue, uint? stoppedAt = null)
    {
        queue.Begin(stoppedAt);
        return queue.BeginsAnew;
    }

    private static void ServeOne(RingFixture f)
    {
        DescriptorChain chain = f.OfferAndPop(Desc.In(f.Data, 8));
        f.Queue.Complete(chain, 8);
        _ = f.Queue.Publish();
        _ = f.Queue.RequestKicks();
        Assert.True(f.Driver.TryTakeUsed(out _));
    }
}
