// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>Budgets: no driver keeps a queue busy for longer than its turn.</summary>
public sealed class TurnTests
{
    [Fact]
    public void A_turn_ends_when_its_budget_is_spent_and_chains_are_left()
    {
        RingFixture f = new();
        for (ushort i = 0; i < 5; i++)
            f.Offer(i, Desc.Out(f.Data, 1));
        f.Queue.BeginTurn(3);
        Assert.Equal(3, Drain(f.Queue));
        Assert.True(f.Queue.OutOfBudget);
        f.Queue.BeginTurn(3);
        Assert.False(f.Queue.OutOfBudget);
        Assert.Equal(2, Drain(f.Queue));
        Assert.False(f.Queue.OutOfBudget);
    }

    [Fact]
    public void A_ring_that_runs_empty_with_the_budget_needs_no_further_turn()
    {
        RingFixture f = new();
        for (ushort i = 0; i < 3; i++)
            f.Offer(i, Desc.Out(f.Data, 1));
        f.Queue.BeginTurn(3);
        Assert.Equal(3, Drain(f.Queue));
        Assert.False(f.Queue.OutOfBudget);
    }

    [Fact]
    public void Malformed_chains_heads_out_of_range_and_duplicates_use_up_the_budget()
    {
        RingFixture f = new();
        f.Driver.Chain(0, Desc.Out(ulong.MaxValue - 20, 16));
        f.Driver.Chain(1, Desc.Out(f.Data, 1));
        f.Driver.Offer(0, 16, 0xffff, 1, 1, 1);
        f.Queue.BeginTurn(3);
        Assert.False(f.Queue.TryPop(out _));
        Assert.True(f.Queue.OutOfBudget);
        Assert.Equal(3ul, f.Queue.Counters.Malformed);

        f.Queue.BeginTurn(3);
        DescriptorChain held = f.Pop();
        Assert.False(f.Queue.TryPop(out _));
        Assert.False(f.Queue.OutOfBudget);
        Assert.Equal(5ul, f.Queue.Counters.Malformed);
        f.Queue.Complete(held, 0);
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 0u), (1u, 0u)], f.Driver.TakeAllUsed());
    }

    [Fact]
    public void Between_turns_a_device_may_take_chains_unless_it_is_paused()
    {
        RingFixture f = new();
        f.Offer(0, Desc.Out(f.Data, 1));
        f.Queue.EndTurn(paused: true);
        Assert.False(f.Queue.TryPop(out _));
        f.Queue.EndTurn(paused: false);
        Assert.True(f.Queue.TryPop(out _));
    }

    [Fact]
    public void Service_is_asked_for_once_until_the_next_turn()
    {
        RingFixture f = new();
        f.Queue.RequestService();
        f.Queue.RequestService();
        Assert.Equal(1, f.Owner.ServiceRequests);
        f.Queue.BeginTurn(1);
        f.Queue.RequestService();
        Assert.Equal(2, f.Owner.ServiceRequests);
    }

    private static int Drain(SplitVirtqueue queue)
    {
        int n = 0;
        for (; queue.TryPop(out DescriptorChain? chain); n++)
            queue.Complete(chain, 0);
        return n;
    }
}
