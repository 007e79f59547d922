// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests;

public class EventLoopPollingTests : LeakChecked
{
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(10);

    [Fact]
    public void Polling_is_off_unless_asked_for()
    {
        using EventLoop loop = Expect.NewLoop();
        Assert.False(loop.IsPolling);
        Assert.Equal(TimeSpan.Zero, loop.PollTime);
        Source source = new();
        loop.AddPolled(source);
        loop.Post(loop.Stop);
        Run(loop);
        Assert.Equal((0, 0), (source.Polls, source.Preparations));

        loop.PollTime = TimeSpan.FromMicroseconds(50);
        Assert.True(loop.IsPolling);
        Assert.Equal(TimeSpan.FromMicroseconds(50), loop.PollTime);
    }

    [Fact]
    public void A_source_is_polled_until_it_has_work()
    {
        using EventLoop loop = Polling(s_long);
        Source source = new();
        source.OnPoll = () =>
        {
            if (source.Polls == 1_000)
                loop.Stop();
            return false;
        };
        loop.AddPolled(source);
        Run(loop);
        Assert.True(source.Polls >= 1_000);
        Assert.Equal(0, source.Preparations);
    }

    /// <summary>Once idle for the poll time: asks for wake-ups, sleeps, is woken by a descriptor, and polls again.</summary>
    [Fact]
    public void Before_it_sleeps_the_loop_prepares_the_source()
    {
        using EventLoop loop = Polling(TimeSpan.FromMilliseconds(1));
        using OwnedFd kick = Expect.NewEventFd();
        int pollsAtKick = 0;
        Source source = new();
        Handler handler = new(_ =>
        {
            EventFd.Consume(kick.Fd, out ulong _).Ok();
            pollsAtKick = source.Polls;
        });
        using FdWatch watch = Expect.Made(loop.Watch(kick.Fd, Readiness.Readable, handler, out FdWatch? w), w);
        source.OnPrepare = () =>
        {
            // What a driver does that has been asked to kick: the wake-up is under way while the loop goes to sleep.
            if (source.Preparations == 1)
                EventFd.Signal(kick.Fd).Ok();
            else
                loop.Stop();
            return false;
        };
        loop.AddPolled(source);
        Run(loop);
        Assert.Single(handler.Calls);
        Assert.Equal(2, source.Preparations);
        Assert.True(source.Polls > pollsAtKick, "It was not polled again after the wake-up.");
    }

    /// <summary>The race that PrepareToSleep closes: work came before wake-ups were asked for, so no wake-up will come.</summary>
    [Fact]
    public void Work_that_arrives_before_the_sleep_is_not_slept_over()
    {
        using EventLoop loop = Polling(TimeSpan.FromMilliseconds(1));
        Source source = new();
        bool arrived = false;
        source.OnPrepare = () =>
        {
            arrived = true;
            return true;
        };
        source.OnPoll = () =>
        {
            if (arrived)
                loop.Stop();
            return arrived;
        };
        loop.AddPolled(source);
        Run(loop);
        Assert.Equal(1, source.Preparations);
    }

    /// <summary>One source has work, another none: every source is asked for wake-ups, whatever the first answers.</summary>
    [Fact]
    public void Every_source_is_prepared()
    {
        using EventLoop loop = Polling(TimeSpan.FromMilliseconds(1));
        Source first = new() { OnPrepare = () => true };
        Source second = new() { OnPrepare = () => true };
        Source last = new();
        last.OnPrepare = () =>
        {
            loop.Stop();
            return false;
        };
        loop.AddPolled(first);
        loop.AddPolled(second);
        loop.AddPolled(last);
        Run(loop);
        Assert.Equal((1, 1, 1), (first.Preparations, second.Preparations, last.Preparations));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Other_descriptors_are_served_while_a_source_is_idle_or_busy(bool busy)
    {
        using EventLoop loop = Polling(s_long);
        using OwnedFd other = Expect.NewEventFd();
        using FdWatch watch = Expect.Made(loop.Watch(other.Fd, Readiness.Readable, new Handler(_ => loop.Stop()), out FdWatch? w), w);
        Source source = Guarded(() => busy);
        loop.AddPolled(source);
        EventFd.Signal(other.Fd).Ok();
        Run(loop);
        Assert.True(source.Polls > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Posts_run_while_a_source_is_idle_or_busy(bool busy)
    {
        using EventLoop loop = Polling(s_long);
        Source source = Guarded(() => busy);
        source.OnPoll += () =>
        {
            if (source.Polls == 100)
                loop.Post(loop.Stop);
            return busy;
        };
        loop.AddPolled(source);
        Run(loop);
        Assert.True(source.Polls >= 100);
    }

    [Fact]
    public void Work_that_a_source_deferred_runs_after_the_round()
    {
        using EventLoop loop = Polling(s_long);
        List<string> log = [];
        Source first = new();
        first.OnPoll = () =>
        {
            loop.Defer(new Work(() =>
            {
                log.Add("deferred");
                loop.Stop();
            }));
            log.Add("first");
            return true;
        };
        Source second = new();
        second.OnPoll = () =>
        {
            log.Add("second");
            return false;
        };
        loop.AddPolled(first);
        loop.AddPolled(second);
        Run(loop);
        Assert.Equal(["first", "second", "deferred"], log);
    }

    /// <summary>
    /// One batch: a handler that stops the loop, then the mailbox, which consumes the wake-up that Stop made. The
    /// loop must not go to sleep on it.
    /// </summary>
    [Fact]
    public void A_stop_whose_wake_up_was_consumed_ends_the_loop()
    {
        using EventLoop loop = Polling(s_long);
        using OwnedFd fd = Expect.NewEventFd();
        using FdWatch watch = Expect.Made(
            loop.Watch(
                fd.Fd, Readiness.Readable | Readiness.EdgeTriggered, new Handler(_ => loop.Stop()), out FdWatch? w),
            w);
        Source source = new();
        source.OnPoll = () =>
        {
            if (source.Polls == 1)
            {
                // In the order of epoll's ready list.
                EventFd.Signal(fd.Fd).Ok();
                loop.Post(() => { });
            }

            return false;
        };
        loop.AddPolled(source);
        Run(loop);
    }

    [Fact]
    public void Stop_from_another_thread_ends_a_polling_loop()
    {
        for (int i = 0; i < 200; i++)
        {
            using EventLoop loop = Polling(s_long);
            using ManualResetEventSlim polling = new();
            Source source = new();
            source.OnPoll = () =>
            {
                polling.Set();
                return false;
            };
            loop.AddPolled(source);
            OnThread runner = OnThread.Start(() => loop.Run().Ok());
            Assert.True(polling.Wait(Expect.Timeout, TestContext.Current.CancellationToken));
            loop.Stop();
            runner.Join();
        }
    }

    [Fact]
    public void A_removed_source_is_left_alone_and_the_loop_sleeps_without_it()
    {
        using EventLoop loop = Polling(s_long);
        Source source = new();
        source.OnPoll = () =>
        {
            loop.RemovePolled(source);
            return true;
        };
        using LoopTimer timer = Expect.Made(loop.CreateTimer(loop.Stop, out LoopTimer? t), t);
        timer.Start(TimeSpan.FromMilliseconds(1));
        loop.AddPolled(source);
        Run(loop);
        Assert.Equal((1, 0), (source.Polls, source.Preparations));
    }

    private static EventLoop Polling(TimeSpan time)
    {
        EventLoop loop = Expect.NewLoop();
        loop.PollTime = time;
        return loop;
    }

    private static void Run(EventLoop loop) => OnThread.Run(() => loop.Run().Ok());

    /// <summary>A source that fails instead of keeping the test's thread for ever.</summary>
    private static Source Guarded(Func<bool> poll)
    {
        long start = Stopwatch.GetTimestamp();
        return new Source
        {
            OnPoll = () =>
            {
                Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds < Expect.Timeout, "The loop looked at nothing else.");
                return poll();
            },
        };
    }

    private sealed class Source : IPolled
    {
        internal int Polls { get; private set; }

        internal int Preparations { get; private set; }

        internal Func<bool>? OnPoll { get; set; }

        internal Func<bool>? OnPrepare { get; set; }

        public bool Poll()
        {
            Polls++;
            return OnPoll?.Invoke() ?? false;
        }

        public bool PrepareToSleep()
        {
            Preparations++;
            return OnPrepare?.Invoke() ?? false;
        }
    }

    private sealed class Work(Action action) : IDeferred
    {
        public void RunDeferred() => action();
    }
}
