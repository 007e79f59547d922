// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests;

/// <summary>What is thrown on a loop costs the one item that threw: everything that stood behind it is done.</summary>
public sealed class EventLoopFaultTests : LeakChecked
{
    private readonly List<string> _faults = [];
    private int _done;

    [Fact]
    public void Actions_behind_one_that_throws_are_done()
    {
        using EventLoop loop = NewLoop();
        loop.Post(Fail);
        loop.Post(Succeed);
        loop.Post(Fail);
        loop.Post(Succeed);
        loop.Turn(0, out _).Ok();
        Assert.Equal(2, _done);
        Assert.Equal(["a posted action", "a posted action"], _faults);
        AssertIdle(loop);
    }

    [Fact]
    public void Deferred_work_behind_some_that_throws_is_done_before_the_next_handler()
    {
        using EventLoop loop = NewLoop();
        loop.Post(() =>
        {
            loop.Defer(new Work(Fail));
            loop.Defer(new Work(Succeed));
        });
        loop.Post(() => Assert.Equal(1, _done));
        loop.Turn(0, out _).Ok();
        Assert.Equal(1, _done);
        Assert.Equal(["deferred work"], _faults);
    }

    [Fact]
    public void Yielded_work_behind_some_that_throws_is_done_in_the_same_turn()
    {
        using EventLoop loop = NewLoop();
        loop.Yield(new Work(Fail));
        loop.Yield(new Work(Succeed));
        loop.Turn(0, out _).Ok();
        Assert.Equal(1, _done);
        Assert.Equal(["deferred work"], _faults);
        AssertIdle(loop);
    }

    /// <summary>An edge is told once: a kick that was ready together with a handler that throws must not be lost.</summary>
    [Fact]
    public void Handlers_behind_one_that_throws_hear_of_their_edges()
    {
        using EventLoop loop = NewLoop();
        using Source bad = new(loop, Fail, edge: true);
        using Source good = new(loop, Succeed, edge: true);
        bad.Signal();
        good.Signal();
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal(2, dispatched);
        Assert.Equal(1, _done);
        Assert.Equal(["the handler of a descriptor"], _faults);
        // The one that failed is heard as before.
        bad.Signal();
        loop.Turn(0, out _).Ok();
        Assert.Equal(2, _faults.Count);
    }

    [Fact]
    public void A_timer_that_throws_can_be_set_again()
    {
        using EventLoop loop = NewLoop();
        using LoopTimer timer = Expect.Made(loop.CreateTimer(Fail, out LoopTimer? t), t);
        for (int i = 1; i <= 2; i++)
        {
            timer.Start(TimeSpan.Zero);
            TurnUntil(loop, () => _faults.Count == i);
        }
    }

    [Fact]
    public void A_worker_s_item_whose_end_throws_can_go_out_again()
    {
        using EventLoop loop = NewLoop();
        using Worker worker = new("faults");
        Item item = new(loop, Fail);
        for (int i = 1; i <= 2; i++)
        {
            worker.Add(item);
            TurnUntil(loop, () => _faults.Count == i);
        }
    }

    [Fact]
    public void What_is_polled_behind_a_source_that_throws_is_looked_at()
    {
        using EventLoop loop = NewLoop();
        loop.PollTime = TimeSpan.FromMilliseconds(1);
        loop.AddPolled(new Polled(Fail));
        loop.AddPolled(new Polled(() =>
        {
            _done++;
            loop.Stop();
        }));
        OnThread.Run(() => loop.Run().Ok());
        Assert.Equal(1, _done);
        Assert.NotEmpty(_faults);
        Assert.All(_faults, f => Assert.Equal("a polled source", f));
    }

    [Fact]
    public void What_is_looked_at_after_an_interruption_behind_some_that_throws_is_looked_at()
    {
        using EventLoop loop = NewLoop();
        loop.AddInterrupted(new Interrupted(Fail));
        loop.AddInterrupted(new Interrupted(Succeed));
        loop.Turn(0, out _).Ok();
        Assert.Equal(1, _done);
        Assert.Single(_faults);
    }

    /// <summary>A descriptor that stays ready, and whose handler fails each time, takes nobody's turn.</summary>
    [Fact]
    public void A_handler_that_fails_again_and_again_rests_between_its_calls()
    {
        using EventLoop loop = NewLoop();
        using Source bad = new(loop, Fail, edge: false);
        bad.Signal();
        int turns = 0;
        long start = Stopwatch.GetTimestamp();
        while (_faults.Count < 3)
        {
            loop.Turn(Expect.Timeout, out _).Ok();
            turns++;
        }

        // Two rests, in which nothing turns the loop.
        Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 190);
        Assert.True(turns < 10, $"{turns} turns");
    }

    [Fact]
    public void A_watch_that_rests_may_end_or_change()
    {
        using EventLoop loop = NewLoop();
        using Source ends = new(loop, Fail, edge: false);
        using Source changes = new(loop, Fail, edge: false);
        ends.Signal();
        changes.Signal();
        loop.Turn(0, out _).Ok();
        Assert.Equal(2, _faults.Count);
        ends.Watch.Dispose();
        changes.Watch.Interest = Readiness.Writable;
        TurnUntil(loop, () => _faults.Count == 3);
        Assert.Equal(Readiness.Writable, changes.Heard);
    }

    /// <summary>Tests and tools hear of faults; but not before the turn is complete.</summary>
    [Fact]
    public void Without_anybody_to_tell_a_turn_throws_at_its_end()
    {
        using EventLoop loop = Expect.NewLoop();
        loop.Post(Fail);
        loop.Post(Succeed);
        Assert.Throws<InvalidOperationException>(() => loop.Turn(0, out _));
        Assert.Equal(1, _done);
        AssertIdle(loop);
    }

    private static void AssertIdle(EventLoop loop)
    {
        // The signal of a post may still be there.
        loop.Turn(0, out _).Ok();
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal(0, dispatched);
    }

    private static void TurnUntil(EventLoop loop, Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds < Expect.Timeout, "It did not happen in time.");
            loop.Turn(1000, out _).Ok();
        }
    }

    private EventLoop NewLoop()
    {
        EventLoop loop = Expect.NewLoop();
        loop.OnFault = (fault, item) =>
        {
            Assert.IsType<InvalidOperationException>(fault);
            _faults.Add(item);
        };
        return loop;
    }

    private void Fail() => throw new InvalidOperationException("a fault");

    private void Succeed() => _done++;

    private sealed class Work(Action action) : IDeferred
    {
        public void RunDeferred() => action();
    }

    private sealed class Interrupted(Action action) : IInterrupted
    {
        public void OnInterrupted() => action();
    }

    private sealed class Polled(Action action) : IPolled
    {
        public bool Poll()
        {
            action();
            return true;
        }

        public bool PrepareToSleep() => false;
    }

    private sealed class Item(EventLoop loop, Action done) : WorkItem(loop)
    {
        protected override void Work()
        {
        }

        protected override void Done(Exception? fault) => done();
    }

    /// <summary>An eventfd that is never read.</summary>
    private sealed class Source : IFdHandler, IDisposable
    {
        private readonly OwnedFd _fd = Expect.NewEventFd();
        private readonly Action _ready;

        internal Source(EventLoop loop, Action ready, bool edge)
        {
            _ready = ready;
            Readiness interest = Readiness.Readable | (edge ? Readiness.EdgeTriggered : Readiness.None);
            Watch = Expect.Made(loop.Watch(_fd.Fd, interest, this, out FdWatch? watch), watch);
        }

        internal FdWatch Watch { get; }

        internal Readiness Heard { get; private set; }

        internal void Signal() => EventFd.Signal(_fd.Fd).Ok();

        public void OnReady(Readiness readiness)
        {
            Heard = readiness;
            _ready();
        }

        public void Dispose()
        {
            Watch.Dispose();
            _fd.Dispose();
        }
    }
}
