// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>The memory table changes while a ring runs (hot-plug, SET_MEM_TABLE).</summary>
public sealed unsafe class MemoryChangeTests
{
    [Fact]
    public void The_rings_are_found_again_in_another_mapping()
    {
        TestGuest guest = new((0, 0x10000));
        RingFixture f = new(guest: guest);
        DescriptorChain before = f.OfferAndPop(Desc.In(f.Data, 4));
        f.Offer(1, Desc.In(f.Data, 4));
        f.Queue.Complete(before, 1);

        // The same guest memory, mapped a second time: here a copy, so that it shows which one is used.
        TestGuest copy = new((0, 0x10000));
        guest.Span(0, 0x10000).CopyTo(copy.Span(0, 0x10000));
        DriverRing moved = new(copy, 0, 16, start: 0);
        moved.AvailableIndex = 2;
        Assert.True(f.Queue.TryChangeMemory(copy.Memory));

        // What was completed before is published in the new mapping, what comes next is taken from it.
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 1u)], moved.TakeAllUsed());
        DescriptorChain after = f.Pop();
        Assert.Equal(1, after.Head);
        Assert.Equal((ulong)copy.Host(f.Data), (ulong)after.Writable[0].Base);
        f.Queue.Complete(after, 4);
        _ = f.Queue.Publish();
        Assert.Equal([(1u, 4u)], moved.TakeAllUsed());
        Assert.Equal(0, f.Driver.UsedIndex);
    }

    [Fact]
    public void Indices_go_on_over_a_change()
    {
        TestGuest guest = new((0, 0x10000), (0x100000, 0x1000));
        RingFixture f = new(size: 4, eventIdx: true, start: 0xfff0, guest: guest);
        for (int i = 0; i < 40; i++)
        {
            Assert.True(i % 2 == 0 ? guest.Change(f.Queue, guest.Regions[1]) : guest.Change(f.Queue));
            f.Queue.Complete(f.OfferAndPop(Desc.In(f.Data, 4)), 4);
            _ = f.Queue.Publish();
            Assert.Equal([(0u, 4u)], f.Driver.TakeAllUsed());
            f.Queue.BeginTurn(RingFixture.Budget);
            Assert.False(f.Queue.RequestKicks());
            Assert.Equal((ushort)(0xfff0 + i + 1), f.Driver.AvailEvent);
        }
    }

    [Fact]
    public void A_broken_queue_stays_broken()
    {
        RingFixture f = new();
        f.Driver.AvailableIndex = 0x4000;
        f.Queue.BeginTurn(1);
        f.Driver.AvailableIndex = 0;
        Assert.True(f.Guest.Change(f.Queue));
        f.Offer(0, Desc.In(f.Data, 1));
        f.Queue.BeginTurn(1);
        Assert.False(f.Queue.TryPop(out _));
    }
}
