// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;
using static VhostDevice.Devices.Tests.HostSides.HostSideFixture;

namespace VhostDevice.Devices.Tests.HostSides;

/// <summary>Rings that stop, guests that leave and requests that are cancelled while a call is with the host.</summary>
[Collection(DeviceCollection.Name)]
public sealed class BlockingEndTests : LeakChecked
{
    private static readonly TimeSpan s_atOnce = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_waits_for_what_is_out_and_a_start_goes_on(bool packed)
    {
        using TestHostSide host = new() { IsGated = true };
        using HostSideFixture f = new(host, options: packed ? TestOptions.Small.Packed() : TestOptions.Small);
        Posted[] posted = [f.Add(1), f.Add(2), f.Add(3)];
        f.Guest.Queues[0].Submit();
        f.UntilAsked(1);
        Thread stop = Start(() => f.Guest.Stop());
        f.BackEnd.Until(static d => d.IsStopping, "the stop");
        Assert.True(stop.IsAlive);
        Assert.Equal([1u], host.Made);
        host.LetAllGo();
        Join(stop);
        Assert.Equal([2ul, 4ul, 6ul], posted.Select(static p => p.Doubled()));
        f.Guest.Start();
        Assert.Equal(8ul, f.Send(4).Doubled());
    }

    [Fact]
    public void What_came_behind_a_full_batch_stays_in_the_ring_of_a_stop()
    {
        using TestHostSide host = new() { IsGated = true };
        using HostSideFixture f = new(host);
        Posted[] posted = [.. Enumerable.Range(0, 40).Select(i => f.Add((uint)i))];
        f.Guest.Queues[0].Submit();
        f.UntilAsked(1);
        Thread stop = Start(() => f.Guest.Stop());
        f.BackEnd.Until(static d => d.IsStopping, "the stop");
        host.LetAllGo();
        Join(stop);
        Assert.Equal(32, host.Made.Count);
        f.Guest.Start();
        for (int i = 0; i < posted.Length; i++)
            Assert.Equal(2ul * (ulong)i, posted[i].Doubled());
    }

    [Fact]
    public void A_stop_that_has_waited_for_long_enough_fails_what_has_not_begun()
    {
        using TestHostSide host = new() { IsGated = true };
        using HostSideFixture f = new(host, stopPatience: s_atOnce);
        Posted[] posted = [f.Add(1), f.Add(2), f.Add(3)];
        f.Guest.Queues[0].Submit();
        f.UntilAsked(1);
        Thread stop = Start(() => f.Guest.Stop());
        f.BackEnd.Until(static d => d.IsStopping, "the stop");
        // Each time it is asked; what has begun is not touched by that.
        for (int i = 0; i < 3; i++)
            f.BackEnd.With(static d => d.CancelRequests(null!));
        host.LetOneGo();
        Join(stop);
        Assert.Equal(2ul, posted[0].Doubled());
        posted[1].Failed();
        posted[2].Failed();
        Assert.Equal([1u], host.Made);
        host.LetAllGo();
        f.Guest.Start();
        Assert.Equal(8ul, f.Send(4).Doubled());
    }

    [Fact]
    public void A_reset_waits_for_what_has_begun_and_leaves_out_the_rest()
    {
        using TestHostSide host = new() { IsGated = true };
        using HostSideFixture f = new(host, stopPatience: s_atOnce);
        for (uint i = 1; i <= 3; i++)
            f.Add(i);
        f.Guest.Queues[0].Submit();
        f.UntilAsked(1);
        Thread reset = Start(f.Guest.Reset);
        f.BackEnd.Until(static d => d.IsStopping, "the stop");
        f.BackEnd.With(static d => d.CancelRequests(null!));
        host.LetOneGo();
        Join(reset);
        Assert.Equal([1u], host.Made);
        host.LetAllGo();
        f.Guest.Start();
        Assert.Equal(8ul, f.Send(4).Doubled());
        Assert.Single(f.BackEnd.Devices);
    }

    [Fact]
    public void A_guest_that_has_left_gets_nothing_written_and_the_next_one_waits_for_the_call()
    {
        using TestHostSide host = new() { IsGated = true };
        using FrontEndMemory memory = new(1 << 20);
        using HostSideFixture f = new(host, options: TestOptions.Small with { Memory = memory });
        Posted[] posted = [f.Add(1), f.Add(2)];
        f.Guest.Queues[0].Submit();
        f.UntilAsked(1);
        f.Guest.Dispose();
        FrontEndDevice? next = null;
        Thread attach = Start(() => next = f.BackEnd.Attach());
        f.BackEnd.Settle();
        bool isWaiting = attach.IsAlive;
        host.LetAllGo();
        Join(attach);
        using (next)
            Assert.Equal(14ul, f.Send(7, guest: next).Doubled());
        Assert.True(isWaiting);
        Assert.All(posted, static p => Assert.True(p.IsUntouched));
        // The one that had begun, and the next guest's.
        Assert.Equal([1u, 7u], host.Made);
    }

    [Fact]
    public void A_request_that_waits_for_another_guest_s_is_given_back_at_once()
    {
        using TestHostSide host = new() { IsGated = true };
        using HostSideFixture f = new(host);
        using TestBackEnd<DoublingDevice> other = new(() => new DoublingDevice(host), stopPatience: s_atOnce, shared: f.BackEnd.Thread, loops: 1);
        using FrontEndDevice neighbour = other.Attach(f.Options);
        Posted mine = f.Send(1);
        f.UntilAsked(1);
        Posted theirs = f.Add(2, guest: neighbour);
        Posted alsoTheirs = f.Add(3, guest: neighbour);
        neighbour.Queues[0].Submit();
        other.Until(static d => d.IsWithHost, "the neighbour's request");
        // The host still has mine.
        neighbour.Stop();
        theirs.Failed();
        alsoTheirs.Failed();
        Assert.False(f.Guest.Queues[0].HasUsed);
        host.LetAllGo();
        Assert.Equal(2ul, mine.Doubled());
        neighbour.Start();
        Assert.Equal(8ul, f.Send(4, guest: neighbour).Doubled());
        Assert.Equal([1u, 4u], host.Made);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cancelling_one_queue_leaves_the_other_as_it_is(bool isOut)
    {
        using TestHostSide host = new() { IsGated = true };
        using HostSideFixture f = new(host, queues: 2);
        Posted[] mine = [f.Add(1), f.Add(2)];
        Posted[] others = [f.Add(3, queue: 1), f.Add(4, queue: 1)];
        f.Guest.Queues[0].Submit();
        f.UntilAsked(1);
        f.Guest.Queues[1].Submit();
        f.BackEnd.Settle();
        f.BackEnd.With(d => d.CancelRequests(d.Queues[isOut ? 0 : 1]!));
        host.LetAllGo();
        Assert.Equal(2ul, mine[0].Doubled());
        if (isOut)
            mine[1].Failed();
        else
            Assert.Equal(4ul, mine[1].Doubled());
        Assert.Equal([6ul, 8ul], others.Select(static p => p.Doubled()));
        Assert.Equal(isOut ? [1u, 3u, 4u] : [1u, 2u, 3u, 4u], host.Made);
    }

    [Fact]
    public void A_queue_that_stops_does_not_hinder_the_one_that_waits_behind_it()
    {
        using TestHostSide host = new() { IsGated = true };
        using HostSideFixture f = new(host, queues: 2);
        Posted mine = f.Send(1);
        f.UntilAsked(1);
        Posted other = f.Send(2, queue: 1);
        Thread stop = Start(() => f.Guest.Connection.GetVringBase(0));
        f.BackEnd.Until(static d => d.IsStopping, "the stop");
        host.LetAllGo();
        Join(stop);
        Assert.Equal(2ul, mine.Doubled());
        Assert.Equal(4ul, other.Doubled());
        f.Guest.StartQueue(f.Guest.Queues[0]);
        Assert.Equal([10ul, 12ul], new[] { f.Send(5), f.Send(6, queue: 1) }.Select(static p => p.Doubled()));
    }

    [Fact]
    public void Cancelling_what_is_not_there_does_nothing()
    {
        using TestHostSide host = new();
        using HostSideFixture f = new(host, queues: 2);
        Assert.Equal(2ul, f.Send(1).Doubled());
        f.BackEnd.With(static d =>
        {
            d.CancelRequests(d.Queues[0]!);
            d.CancelRequests(d.Queues[1]!);
        });
        Assert.Equal(4ul, f.Send(2).Doubled());
    }

    private static Thread Start(Action action)
    {
        Thread thread = new(() => action());
        thread.Start();
        return thread;
    }

    private static void Join(Thread thread) => Assert.True(thread.Join(LoopThread.Patience));
}
