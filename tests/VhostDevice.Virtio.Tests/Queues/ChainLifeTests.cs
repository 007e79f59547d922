// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>
/// However a chain ends, its memory is let go of once, the count in flight goes down by one, and whoever waits for the
/// last one hears of it once.
/// </summary>
public sealed class ChainLifeTests
{
    public enum Ending
    {
        Completed,
        CompletedByAnotherStart,
        CompletedAfterTheStop,
        CompletedWhenBroken,
        CompletedWithoutRings,
        PutBack,
        PutBackAfterTheStop,
        Abandoned,
    }

    public static TheoryData<Ending, bool> Endings()
    {
        TheoryData<Ending, bool> all = [];
        foreach (Ending ending in Enum.GetValues<Ending>())
        {
            all.Add(ending, false);
            all.Add(ending, true);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void Each_end_lets_go_of_the_chain_once(Ending ending, bool inOrder)
    {
        TestGuest guest = new((0, 1 << 20));
        GuestRegion data = guest.Add(1 << 20, 1 << 20);
        RingFixture f = new(size: 8, guest: guest, inOrder: inOrder);
        Assert.True(guest.Change(f.Queue));
        f.Driver.Offer(f.Driver.Chain(0, Desc.In(1 << 20, 16)));
        f.Queue.BeginTurn(10);
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        f.Queue.WatchDrain();
        // From here on only the chain holds the region of its buffer.
        Assert.True(guest.Change(f.Queue, without: data));
        Assert.Equal((1, 0, 0), (f.Queue.InFlight, f.Owner.Drains, guest.Disposals));

        End(f, chain, ending);

        Assert.False(chain.IsInFlight);
        Assert.Equal((0, 1, 1), (f.Queue.InFlight, f.Owner.Drains, guest.Disposals));
        Assert.Throws<InvalidOperationException>(() => f.Queue.Complete(chain, 0));
        f.Queue.Stop();
        Assert.Equal((0, 1, 1), (f.Queue.InFlight, f.Owner.Drains, guest.Disposals));
    }

    /// <summary>In order, what is done early is in flight until those before it are back; a stop lets go of it, and of nothing else.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_waits_for_those_before_it_ends_with_the_ring(bool abandoned)
    {
        RingFixture f = new(size: 8, inOrder: true);
        DescriptorChain first = f.OfferAndPop(Desc.In(f.Data, 8));
        f.Offer(1, Desc.In(f.Data, 8));
        Assert.True(f.Queue.TryPop(out DescriptorChain? second));
        f.Queue.Complete(second, 8);
        Assert.Throws<InvalidOperationException>(() => f.Queue.Complete(second, 8));
        Assert.Equal(2, f.Queue.InFlight);
        f.Queue.WatchDrain();
        if (abandoned)
        {
            f.Queue.Abandon();
            Assert.True(f.Queue.HasAbandoned);
        }
        else
        {
            f.Queue.Stop();
            Assert.Equal((1, 0), (f.Queue.InFlight, f.Owner.Drains));
            f.Queue.Complete(first, 8);
        }

        Assert.Equal((0, 1), (f.Queue.InFlight, f.Owner.Drains));
        Assert.False(first.IsInFlight || second.IsInFlight);
        f.Queue.Stop();
        Assert.Equal(0, f.Driver.UsedIndex);
    }

    /// <summary>Of all the rings of a device only those that are waited for say anything, and those once.</summary>
    [Fact]
    public void A_queue_that_nobody_waits_for_says_nothing()
    {
        RingFixture f = new(size: 8);
        for (ushort i = 0; i < 4; i++)
        {
            f.Offer(i, Desc.In(f.Data, 8));
            f.Queue.Complete(f.Pop(), 8);
            if (i == 1)
                f.Queue.WatchDrain();
        }

        Assert.Equal(1, f.Owner.Drains);
    }

    private static void End(RingFixture f, DescriptorChain chain, Ending ending)
    {
        switch (ending)
        {
            case Ending.CompletedByAnotherStart:
                f.Queue.Stop();
                SplitVirtqueue next = f.Open(0);
                next.Complete(chain, 16);
                Assert.Equal(0, next.InFlight);
                next.Stop();
                return;
            case Ending.CompletedAfterTheStop:
            case Ending.PutBackAfterTheStop:
                f.Queue.Stop();
                break;
            case Ending.CompletedWhenBroken:
                f.Driver.AvailableIndex = 0x4000;
                Assert.False(f.Queue.TryPop(out _));
                Assert.True(f.Queue.IsBroken);
                break;
            case Ending.CompletedWithoutRings:
                Assert.False(f.Queue.TryChangeMemory(GuestMemory.Empty));
                break;
            case Ending.Abandoned:
                f.Queue.Abandon();
                return;
            default:
                break;
        }

        if (ending is Ending.PutBack or Ending.PutBackAfterTheStop)
            Assert.Equal(ending == Ending.PutBack, f.Queue.PutBack(chain));
        else
            f.Queue.Complete(chain, 16);
    }
}
