// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public class EventLoopWatchTests : LeakChecked
{
    [Fact]
    public void A_ready_descriptor_calls_its_handler()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Handler handler = new(_ => EventFd.Consume(fd.Fd, out ulong _).Ok());
        using FdWatch watch = Watch(loop, fd, Readiness.Readable, handler);
        Assert.Equal(0, Turn(loop, 0));
        EventFd.Signal(fd.Fd).Ok();
        Assert.Equal(1, Turn(loop));
        Assert.Equal([Readiness.Readable], handler.Calls);
        Assert.Equal(0, Turn(loop, 0));
    }

    [Fact]
    public void Level_triggered_readiness_is_reported_as_long_as_it_lasts()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Handler handler = new();
        using FdWatch watch = Watch(loop, fd, Readiness.Readable, handler);
        EventFd.Signal(fd.Fd).Ok();
        Turn(loop);
        Turn(loop);
        Assert.Equal(2, handler.Calls.Count);
    }

    /// <summary>What saves the read on every kick: an eventfd wakes an edge-triggered watch on every write, read or not.</summary>
    [Fact]
    public void An_edge_triggered_eventfd_wakes_on_every_write_without_a_read()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Handler handler = new();
        using FdWatch watch = Watch(loop, fd, Readiness.Readable | Readiness.EdgeTriggered, handler);
        for (int i = 1; i <= 3; i++)
        {
            EventFd.Signal(fd.Fd).Ok();
            Assert.Equal(1, Turn(loop));
            Assert.Equal(i, handler.Calls.Count);
            Assert.Equal(0, Turn(loop, 0));
        }

        EventFd.Consume(fd.Fd, out ulong count).Ok();
        Assert.Equal(3UL, count);
    }

    [Fact]
    public void An_edge_from_before_the_watch_is_reported()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        EventFd.Signal(fd.Fd).Ok();
        Handler handler = new();
        using FdWatch watch = Watch(loop, fd, Readiness.Readable | Readiness.EdgeTriggered, handler);
        Assert.Equal(1, Turn(loop, 0));
    }

    [Fact]
    public void Interest_changes_what_is_reported()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Handler handler = new();
        using FdWatch watch = Watch(loop, fd, Readiness.None, handler);
        EventFd.Signal(fd.Fd).Ok();
        Assert.Equal(0, Turn(loop, 0));
        watch.Interest = Readiness.Writable;
        Turn(loop);
        watch.Interest = Readiness.Readable | Readiness.Writable;
        Turn(loop);
        watch.Interest = Readiness.None;
        Assert.Equal(0, Turn(loop, 0));
        Assert.Equal([Readiness.Writable, Readiness.Readable | Readiness.Writable], handler.Calls);
        Assert.Equal(Readiness.None, watch.Interest);
    }

    [Fact]
    public void A_peer_that_closes_is_reported()
    {
        using EventLoop loop = Expect.NewLoop();
        (OwnedFd near, OwnedFd far) = Expect.NewPair();
        using (near)
        {
            Handler handler = new();
            using FdWatch watch = Watch(loop, near, Readiness.Readable | Readiness.PeerClosed, handler);
            far.Dispose();
            Turn(loop);
            Assert.Equal(Readiness.Readable | Readiness.PeerClosed | Readiness.HangUp, Assert.Single(handler.Calls));
        }
    }

    [Fact]
    public void What_cannot_be_watched_is_an_error_value()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd regular = Expect.NewMemFd(1);
        Assert.Equal(Errno.EPERM, loop.Watch(regular.Fd, Readiness.Readable, new Handler(), out FdWatch? watch));
        Assert.Null(watch);
        Assert.Equal(Errno.EBADF, loop.Watch(-1, Readiness.Readable, new Handler(), out _));

        using OwnedFd fd = Expect.NewEventFd();
        using FdWatch first = Watch(loop, fd, Readiness.Readable, new Handler());
        Assert.Equal(Errno.EEXIST, loop.Watch(fd.Fd, Readiness.Readable, new Handler(), out _));

        // Failed attempts use up nothing and disturb nobody.
        using OwnedFd other = Expect.NewEventFd();
        Handler handler = new();
        using FdWatch second = Watch(loop, other, Readiness.Readable, handler);
        EventFd.Signal(other.Fd).Ok();
        Turn(loop);
        Assert.Single(handler.Calls);
    }

    /// <summary>Both are in one batch; the first handler ends the second's watch.</summary>
    [Fact]
    public void A_watch_that_an_earlier_handler_ended_is_not_called()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd a = Expect.NewEventFd();
        using OwnedFd b = Expect.NewEventFd();
        FdWatch? watchA = null;
        FdWatch? watchB = null;
        Handler handlerA = new(_ => watchB!.Dispose());
        Handler handlerB = new(_ => watchA!.Dispose());
        watchA = Watch(loop, a, Readiness.Readable, handlerA);
        watchB = Watch(loop, b, Readiness.Readable, handlerB);
        EventFd.Signal(a.Fd).Ok();
        EventFd.Signal(b.Fd).Ok();
        Assert.Equal(2, Turn(loop));
        Assert.Equal(1, handlerA.Calls.Count + handlerB.Calls.Count);
        watchA.Dispose();
        watchB.Dispose();
    }

    /// <summary>The stale event carries the slot of a watch that exists, but of an older generation.</summary>
    [Fact]
    public void A_stale_event_does_not_reach_the_next_user_of_the_slot()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd a = Expect.NewEventFd();
        using OwnedFd b = Expect.NewEventFd();
        using OwnedFd c = Expect.NewEventFd();
        Handler late = new();
        List<FdWatch> watches = [];
        FdWatch? replaced = null;
        void Replace(FdWatch other)
        {
            other.Dispose();
            replaced = Watch(loop, c, Readiness.Readable, late);
            Assert.Equal(other.Slot, replaced.Slot);
            Assert.NotEqual(other.Token, replaced.Token);
        }

        Handler handlerA = new(_ => Replace(watches[1]));
        Handler handlerB = new(_ => Replace(watches[0]));
        watches.Add(Watch(loop, a, Readiness.Readable, handlerA));
        watches.Add(Watch(loop, b, Readiness.Readable, handlerB));
        EventFd.Signal(a.Fd).Ok();
        EventFd.Signal(b.Fd).Ok();
        Assert.Equal(2, Turn(loop));
        Assert.NotNull(replaced);
        Assert.Empty(late.Calls);
        watches.ForEach(w => w.Dispose());

        EventFd.Signal(c.Fd).Ok();
        Turn(loop);
        Assert.Single(late.Calls);
        replaced.Dispose();
    }

    [Fact]
    public void A_handler_may_end_its_own_watch_and_start_others()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd a = Expect.NewEventFd();
        using OwnedFd b = Expect.NewEventFd();
        Handler second = new();
        FdWatch? watchA = null;
        FdWatch? watchB = null;
        Handler first = new(_ =>
        {
            watchA!.Dispose();
            watchB = Watch(loop, b, Readiness.Writable, second);
        });
        watchA = Watch(loop, a, Readiness.Readable, first);
        EventFd.Signal(a.Fd).Ok();
        Turn(loop);
        Turn(loop);
        Assert.Single(first.Calls);
        Assert.Single(second.Calls);
        watchB!.Dispose();
    }

    [Fact]
    public void An_ended_watch_is_silent_and_can_be_ended_again()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Handler handler = new();
        FdWatch watch = Watch(loop, fd, Readiness.Readable, handler);
        EventFd.Signal(fd.Fd).Ok();
        watch.Dispose();
        watch.Dispose();
        watch.Interest = Readiness.Writable;
        Assert.Equal(0, Turn(loop, 0));
        Assert.Equal(Readiness.Readable, watch.Interest);

        // The second Dispose must not have freed the slot twice.
        using OwnedFd other = Expect.NewEventFd();
        using FdWatch w1 = Watch(loop, fd, Readiness.Readable, handler);
        using FdWatch w2 = Watch(loop, other, Readiness.Readable, handler);
        Assert.NotEqual(w1.Slot, w2.Slot);
    }

    /// <summary>More are ready than one wait reports: each still gets its call, and none is starved.</summary>
    [Fact]
    public void Many_descriptors_are_all_served()
    {
        const int Count = 200;
        using EventLoop loop = Expect.NewLoop();
        List<OwnedFd> fds = [];
        List<FdWatch> watches = [];
        int[] calls = new int[Count];
        for (int i = 0; i < Count; i++)
        {
            int at = i;
            OwnedFd fd = Expect.NewEventFd();
            fds.Add(fd);
            watches.Add(Watch(loop, fd, Readiness.Readable, new Handler(_ => calls[at]++)));
            EventFd.Signal(fd.Fd).Ok();
        }

        // Level-triggered and never consumed, so that every turn finds all of them ready.
        for (int seen = 0; seen < Count;)
            seen += Turn(loop);
        Assert.True(Enumerable.Range(0, 16).Sum(_ => Turn(loop)) > Count);
        Assert.All(calls, c => Assert.True(c > 0));
        watches.ForEach(w => w.Dispose());
        fds.ForEach(f => f.Dispose());
    }

    [Fact]
    public void A_loop_may_be_disposed_before_its_watches_and_twice()
    {
        EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        FdWatch watch = Watch(loop, fd, Readiness.Readable, new Handler());
        loop.Dispose();
        loop.Dispose();
        watch.Dispose();
        Assert.Equal(Errno.EBADF, loop.Watch(fd.Fd, Readiness.Readable, new Handler(), out _));
    }

    private static FdWatch Watch(EventLoop loop, OwnedFd fd, Readiness interest, IFdHandler handler) =>
        Expect.Made(loop.Watch(fd.Fd, interest, handler, out FdWatch? w), w);

    private static int Turn(EventLoop loop, int timeout = Expect.Timeout)
    {
        loop.Turn(timeout, out int dispatched).Ok();
        return dispatched;
    }
}
