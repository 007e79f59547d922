// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues.Packed;

/// <summary>Event suppression of a packed ring, both ways.</summary>
public sealed class PackedEventTests
{
    private const uint Enable = 0;
    private const uint Disable = 1 << 16;
    private const uint Descriptor = 2 << 16;

    [Theory]
    [InlineData(false, Enable, true)]
    [InlineData(true, Enable, true)]
    [InlineData(false, Disable, false)]
    [InlineData(true, Disable, false)]
    [InlineData(false, Descriptor | 0x8005, true)] // not negotiated: no position
    [InlineData(true, 3u << 16, true)] // reserved
    [InlineData(false, 3u << 16, true)]
    public void The_drivers_flags_are_honoured(bool eventIdx, uint wish, bool wanted)
    {
        PackedFixture f = new(size: 8, eventIdx);
        Serve(f); // the first batch has a rule of its own
        f.Driver.DriverEvent = wish;
        Assert.Equal(wanted, Serve(f));
        Assert.False(f.Queue.Publish());
    }

    [Fact]
    public void The_first_batch_interrupts_at_any_position_but_not_when_disabled()
    {
        PackedFixture f = new(size: 8, eventIdx: true);
        f.Driver.DriverEvent = Descriptor | 0x8005;
        Assert.True(Serve(f));
        f = new PackedFixture(size: 8, eventIdx: true);
        f.Driver.DriverEvent = Disable;
        Assert.False(Serve(f));
    }

    // Every position, every place in both laps, every length of a batch: the specification's sentence, naively.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void An_interrupt_comes_when_the_wanted_descriptor_is_used(int size)
    {
        for (int from = 0; from < 2 * size; from++)
        {
            for (int length = 0; length <= size; length++)
            {
                for (int at = 0; at < 2 * size; at++)
                {
                    bool passed = Enumerable.Range(from, length).Any(i => i % (2 * size) == at);
                    PackedEvent wish = PackedEvent.At(Place(at, size));
                    Assert.Equal(passed, wish.Wants(Place(from, size), Place((from + length) % (2 * size), size), size, eventIdx: true));
                }
            }
        }
    }

    [Fact]
    public void A_position_beyond_the_ring_costs_interrupts()
    {
        PackedFixture f = new(size: 8, eventIdx: true);
        Serve(f);
        f.Driver.DriverEvent = Descriptor | 0x8008;
        Assert.True(Serve(f));
    }

    [Fact]
    public void A_position_in_the_middle_of_a_list_counts()
    {
        PackedFixture f = new(size: 8, eventIdx: true);
        Serve(f);
        f.Driver.DriverEvent = Descriptor | 0x8002;
        f.Queue.Complete(f.OfferAndPop(0, Desc.Out(f.Data, 1), Desc.Out(f.Data, 1), Desc.In(f.Data, 1)), 1);
        Assert.True(f.Queue.Publish());
    }

    [Theory, CombinatorialModes]
    public void Kicks_are_suppressed_and_asked_for(bool eventIdx)
    {
        PackedFixture f = new(size: 4, eventIdx, start: 3);
        f.Queue.SuppressKicks();
        Assert.Equal(Disable, f.Driver.DeviceEvent & (3 << 16));
        Assert.False(f.Queue.RequestKicks());
        Assert.Equal(eventIdx ? Descriptor | 0x8003 : Enable, f.Driver.DeviceEvent);
        f.Queue.SuppressKicks();
        Serve(f);
        Assert.Equal(Disable, f.Driver.DeviceEvent & (3 << 16));
        Assert.False(f.Queue.RequestKicks());
        Assert.Equal(eventIdx ? Descriptor | 0x0000 : Enable, f.Driver.DeviceEvent);
        f.Driver.Offer(0, Desc.In(f.Data, 1));
        Assert.True(f.Queue.RequestKicks());
    }

    [Theory, CombinatorialModes]
    public void What_a_turn_left_in_the_ring_is_not_news(bool eventIdx)
    {
        PackedFixture f = new(size: 8, eventIdx);
        f.Driver.Offer(0, Desc.In(f.Data, 1), Desc.In(f.Data, 1));
        f.Driver.Offer(1, Desc.In(f.Data, 1));
        Assert.True(f.Queue.HasUnseen);
        f.Queue.BeginTurn(10);
        _ = f.Pop();
        Assert.False(f.Queue.HasUnseen);
        Assert.True(f.Queue.HasAvailable);
        Assert.False(f.Queue.RequestKicks());
        if (eventIdx)
            Assert.Equal(Descriptor | 0x8003, f.Driver.DeviceEvent);
        f.Driver.Offer(2, Desc.In(f.Data, 1));
        Assert.True(f.Queue.HasUnseen);
        Assert.True(f.Queue.RequestKicks());
    }

    private static PackedPosition Place(int at, int size) => new((ushort)(at % size), at < size);

    private static bool Serve(PackedFixture f)
    {
        f.Queue.Complete(f.OfferAndPop(0, Desc.In(f.Data, 8)), 8);
        bool wanted = f.Queue.Publish();
        Assert.Single(f.Driver.TakeAllUsed());
        return wanted;
    }
}
