// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>When the driver is interrupted (virtio 1.3 §2.7.7).</summary>
public sealed class InterruptTests
{
    [Fact]
    public void Without_event_index_the_flag_of_the_driver_decides()
    {
        RingFixture f = new();
        f.Driver.UsedEvent = 0x7777; // to be ignored
        Assert.True(ServeOne(f));
        f.Driver.AvailableFlags = 1;
        Assert.False(ServeOne(f));
        f.Driver.AvailableFlags = 0;
        Assert.True(ServeOne(f));
        f.Driver.AvailableFlags = 0xfffe; // only bit 0 means something
        Assert.True(ServeOne(f));
    }

    [Fact]
    public void With_event_index_the_batch_that_passes_the_event_interrupts()
    {
        RingFixture f = new(eventIdx: true);
        Assert.True(ServeOne(f)); // the first batch always does
        f.Driver.UsedEvent = 3;
        f.Driver.AvailableFlags = 1; // to be ignored
        Assert.False(ServeOne(f)); // 1 → 2
        Assert.False(ServeOne(f)); // 2 → 3
        Assert.True(ServeOne(f));  // 3 → 4
        Assert.False(ServeOne(f));
        f.Driver.UsedEvent = 6;
        Assert.True(Serve(f, 5));  // 5 → 10 passes it
        Assert.False(Serve(f, 5));
        f.Driver.UsedEvent = 14;
        Assert.False(ServeOne(f)); // already passed when it was written
    }

    [Fact]
    public void The_event_is_met_across_the_wrap_around()
    {
        RingFixture f = new(eventIdx: true, start: 0xfffd);
        Assert.True(ServeOne(f)); // → fffe
        f.Driver.UsedEvent = 0xffff;
        Assert.False(ServeOne(f)); // → ffff
        Assert.True(ServeOne(f));  // → 0
        f.Driver.UsedEvent = 1;
        Assert.False(ServeOne(f)); // → 1
        Assert.True(Serve(f, 3));  // → 4
        Assert.False(Serve(f, 16));
    }

    [Fact]
    public void The_first_batch_of_every_start_interrupts_because_the_drivers_state_is_unknown()
    {
        RingFixture f = new(eventIdx: true);
        Assert.True(ServeOne(f));
        f.Driver.UsedEvent = 100;
        Assert.False(ServeOne(f));
        f.Queue.Stop();
        SplitVirtqueue next = f.Open(f.Queue.Base);
        next.BeginTurn(RingFixture.Budget);
        f.Offer(0, Desc.In(f.Data, 1));
        Assert.True(next.TryPop(out DescriptorChain? chain));
        next.Complete(chain, 1);
        Assert.True(next.Publish());
    }

    // A legacy driver that asked for it hears of an idle ring whatever else it suppressed.
    [Theory, CombinatorialModes]
    public void Notify_on_empty_interrupts_when_nothing_is_left(bool eventIdx)
    {
        RingFixture f = new(eventIdx: eventIdx, notifyOnEmpty: true);
        Assert.True(ServeOne(f));
        f.Driver.AvailableFlags = 1;
        f.Driver.UsedEvent = 0x4000;
        Assert.True(ServeOne(f));

        f.Offer(0, Desc.In(f.Data, 1));
        f.Offer(1, Desc.In(f.Data, 1));
        DescriptorChain first = f.Pop();
        f.Queue.Complete(first, 1);
        bool interrupt = f.Queue.Publish(); // one is still available
        // With event index this was the first batch that looked at the event at all.
        Assert.Equal(eventIdx, interrupt);
        DescriptorChain second = f.Pop();
        f.Offer(0, Desc.In(f.Data, 1));
        DescriptorChain third = f.Pop();
        f.Queue.Complete(second, 1);
        Assert.False(f.Queue.Publish()); // one is still in flight
        f.Queue.Complete(third, 1);
        Assert.True(f.Queue.Publish());
    }

    [Fact]
    public void Notify_on_empty_means_nothing_to_a_modern_driver()
    {
        Assert.True(RingFeatures.From(VirtioFeatures.NotifyOnEmpty).NotifyOnEmpty);
        Assert.False(RingFeatures.From(VirtioFeatures.NotifyOnEmpty | VirtioFeatures.Version1).NotifyOnEmpty);
        Assert.Equal(new RingFeatures(true, false, false), RingFeatures.From(VirtioFeatures.EventIdx));
        Assert.Equal(new RingFeatures(false, true, false), RingFeatures.From(VirtioFeatures.IndirectDesc | VirtioFeatures.Version1));
    }

    private static bool ServeOne(RingFixture f) => Serve(f, 1);

    private static bool Serve(RingFixture f, int count)
    {
        for (int i = 0; i < count; i++)
            f.Queue.Complete(f.OfferAndPop(Desc.In(f.Data, 1)), 1);
        return f.Queue.Publish();
    }
}
