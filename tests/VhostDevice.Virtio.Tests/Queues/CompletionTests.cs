// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>Chains go back in any order and at any time, and are seen together (virtio 1.3 §2.7.8).</summary>
public sealed class CompletionTests
{
    [Fact]
    public void Completions_are_invisible_until_they_are_published_together()
    {
        RingFixture f = new();
        for (ushort i = 0; i < 4; i++)
            f.Offer(i, Desc.In(f.Data, 100));
        DescriptorChain[] held = [f.Pop(), f.Pop(), f.Pop(), f.Pop()];
        f.Queue.Complete(held[2], 2);
        f.Queue.Complete(held[0], 0);
        f.Queue.Complete(held[3], 3);
        Assert.Equal(0, f.Driver.UsedIndex);
        Assert.Equal(1, f.Owner.Pending);
        Assert.Equal(1, f.Queue.InFlight);

        Assert.True(f.Queue.Publish());
        Assert.Equal([(2u, 2u), (0u, 0u), (3u, 3u)], f.Driver.TakeAllUsed());

        // Much later, outside of any turn.
        f.Queue.EndTurn(paused: true);
        f.Queue.Complete(held[1], 1);
        Assert.Equal(2, f.Owner.Pending);
        Assert.True(f.Queue.Publish());
        Assert.Equal([(1u, 1u)], f.Driver.TakeAllUsed());
        Assert.Equal(0, f.Queue.InFlight);
    }

    [Fact]
    public void Nothing_to_publish_is_no_interrupt()
    {
        RingFixture f = new();
        Assert.False(f.Queue.Publish());
        f.Queue.Complete(f.OfferAndPop(Desc.In(f.Data, 1)), 1);
        Assert.True(f.Queue.Publish());
        Assert.False(f.Queue.Publish());
    }

    [Fact]
    public void The_length_is_cut_to_what_was_writable()
    {
        RingFixture f = new();
        f.Queue.Complete(f.OfferAndPop(Desc.Out(f.Data, 100), Desc.In(f.Data, 7)), uint.MaxValue);
        f.Queue.Complete(f.OfferAndPop(Desc.Out(f.Data, 100)), 100);
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 7u), (0u, 0u)], f.Driver.TakeAllUsed());
        Assert.Equal(7ul, f.Queue.Counters.BytesWritten);
        Assert.Equal(2ul, f.Queue.Counters.Chains);
    }

    [Fact]
    public void Completing_twice_is_an_error_of_the_device_and_harms_nothing()
    {
        RingFixture f = new();
        DescriptorChain chain = f.OfferAndPop(Desc.In(f.Data, 7));
        f.Queue.Complete(chain, 7);
        Assert.Throws<InvalidOperationException>(() => f.Queue.Complete(chain, 7));
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 7u)], f.Driver.TakeAllUsed());
        Assert.Equal(0, f.Queue.InFlight);
    }

    [Theory, CombinatorialModes]
    public void Indices_wrap_around_after_65536_chains(bool eventIdx)
    {
        RingFixture f = new(size: 4, eventIdx: eventIdx);
        for (int i = 0; i < 70_000; i++)
        {
            ushort head = (ushort)(i % 4);
            f.Offer(head, Desc.In(f.Data, 8));
            f.Queue.Complete(f.Pop(), (uint)(i % 9));
            _ = f.Queue.Publish();
            Assert.True(f.Driver.TryTakeUsed(out SplitUsedElement element));
            Assert.Equal((head, (uint)(i % 9)), ((ushort)element.Id, element.Length));
        }

        Assert.Equal(70_000u & 0xffff, f.Driver.UsedIndex);
        Assert.Equal(70_000u & 0xffff, f.Queue.Base);
    }
}
