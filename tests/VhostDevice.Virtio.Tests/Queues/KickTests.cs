// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>Whether the driver is asked to kick, and what counts as new when it was (virtio 1.3 §2.7.10).</summary>
public sealed class KickTests
{
    [Theory, CombinatorialModes]
    public void Chains_that_came_before_the_request_are_told(bool eventIdx)
    {
        RingFixture f = new(eventIdx: eventIdx);
        Assert.False(f.Queue.RequestKicks());
        f.Offer(0, Desc.Out(f.Data, 1));
        Assert.True(f.Queue.HasUnseen);
        Assert.True(f.Queue.RequestKicks());
        f.Queue.BeginTurn(RingFixture.Budget);
        Assert.False(f.Queue.HasUnseen);
        f.Queue.Complete(f.Pop(), 0);
        Assert.False(f.Queue.RequestKicks());
    }

    [Theory, CombinatorialModes]
    public void Chains_that_a_device_leaves_on_purpose_are_not_new(bool eventIdx)
    {
        RingFixture f = new(eventIdx: eventIdx);
        f.Offer(0, Desc.Out(f.Data, 1));
        f.Offer(1, Desc.Out(f.Data, 1));
        f.Queue.BeginTurn(RingFixture.Budget);
        _ = f.Pop();
        Assert.False(f.Queue.RequestKicks());
        Assert.True(f.Queue.HasAvailable);

        // More comes; the device still takes nothing. One further turn, then silence.
        f.Offer(2, Desc.Out(f.Data, 1));
        Assert.True(f.Queue.RequestKicks());
        f.Queue.BeginTurn(RingFixture.Budget);
        Assert.False(f.Queue.RequestKicks());
        Assert.False(f.Queue.HasUnseen);
        Assert.Equal(1, f.Pop().Head);
        Assert.Equal(2, f.Pop().Head);
    }

    [Fact]
    public void Without_event_index_the_flag_says_it()
    {
        RingFixture f = new();
        f.Queue.SuppressKicks();
        Assert.Equal(1, f.Driver.UsedFlags);
        Assert.False(f.Queue.RequestKicks());
        Assert.Equal(0, f.Driver.UsedFlags);
        Assert.Equal(0, f.Driver.AvailEvent);
    }

    [Fact]
    public void With_event_index_the_flag_stays_0_and_the_event_is_the_next_index()
    {
        RingFixture f = new(eventIdx: true, start: 0xffff);
        f.Offer(0, Desc.Out(f.Data, 1));
        f.Offer(1, Desc.Out(f.Data, 1));
        f.Queue.BeginTurn(RingFixture.Budget);
        f.Queue.SuppressKicks();
        Assert.Equal(0, f.Driver.UsedFlags);
        Assert.False(f.Queue.RequestKicks());
        Assert.Equal(1, f.Driver.AvailEvent);
        Assert.Equal(0, f.Driver.UsedFlags);
    }

    [Fact]
    public void A_restart_takes_back_a_suppression_that_the_former_run_left()
    {
        RingFixture f = new();
        f.Queue.SuppressKicks();
        f.Queue.Stop();
        VhostDevice.Virtio.Queues.SplitVirtqueue next = f.Open(f.Queue.Base);
        next.BeginTurn(RingFixture.Budget);
        Assert.False(next.RequestKicks());
        Assert.Equal(0, f.Driver.UsedFlags);
    }
}
