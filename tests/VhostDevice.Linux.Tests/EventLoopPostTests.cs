// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests;

public class EventLoopPostTests : LeakChecked
{
    [Fact]
    public void Posts_from_many_threads_run_on_the_loop_in_the_order_of_each()
    {
        const int Threads = 4;
        const int Each = 2_000;
        using EventLoop loop = Expect.NewLoop();
        int[] next = new int[Threads];
        int done = 0;
        int owner = 0;
        OnThread runner = OnThread.Start(() =>
        {
            owner = Environment.CurrentManagedThreadId;
            loop.Run().Ok();
        });
        OnThread[] posters = [.. Enumerable.Range(0, Threads).Select(t => OnThread.Start(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                int at = i;
                loop.Post(() =>
                {
                    Assert.Equal(owner, Environment.CurrentManagedThreadId);
                    Assert.Equal(at, next[t]++);
                    if (++done == Threads * Each)
                        loop.Stop();
                });
            }
        }))];
        Array.ForEach(posters, p => p.Join());
        runner.Join();
        Assert.All(next, n => Assert.Equal(Each, n));
    }

    [Fact]
    public void A_post_from_before_the_first_turn_runs()
    {
        using EventLoop loop = Expect.NewLoop();
        bool ran = false;
        loop.Post(() => ran = true);
        loop.Turn(Expect.Timeout, out _).Ok();
        Assert.True(ran);
    }

    /// <summary>An action that posts itself for ever is a task like others, not the only one.</summary>
    [Fact]
    public void An_action_that_posts_itself_starves_nobody()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        using FdWatch watch = Expect.Made(loop.Watch(fd.Fd, Readiness.Readable, new Handler(_ => loop.Stop()), out FdWatch? w), w);
        long start = Stopwatch.GetTimestamp();
        int runs = 0;
        void Again()
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds < Expect.Timeout, "The descriptor was starved.");
            if (++runs == 10)
                EventFd.Signal(fd.Fd).Ok();
            loop.Post(Again);
        }

        loop.Post(Again);
        OnThread.Run(() => loop.Run().Ok());
        Assert.True(runs >= 10);
    }

    [Fact]
    public void Stop_ends_a_loop_that_sleeps()
    {
        using EventLoop loop = Expect.NewLoop();
        OnThread runner = OnThread.Start(() => loop.Run().Ok());
        loop.Stop();
        runner.Join();
    }

    [Fact]
    public void Stop_from_a_handler_ends_the_loop_after_the_turn()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        using FdWatch watch = Expect.Made(loop.Watch(fd.Fd, Readiness.Readable, new Handler(_ => loop.Stop()), out FdWatch? w), w);
        EventFd.Signal(fd.Fd).Ok();
        OnThread.Run(() => loop.Run().Ok());
    }

    [Fact]
    public void A_stopped_loop_runs_no_more_and_takes_posts_in_silence()
    {
        using EventLoop loop = Expect.NewLoop();
        loop.Stop();
        bool ran = false;
        loop.Post(() => ran = true);
        OnThread.Run(() => loop.Run().Ok());
        Assert.False(ran);
    }

    [Fact]
    public void A_disposed_loop_takes_posts_and_stops_in_silence()
    {
        EventLoop loop = Expect.NewLoop();
        loop.Dispose();
        loop.Post(() => { });
        loop.Stop();
    }

    /// <summary>
    /// Threads that post while the loop goes away: the number of its eventfd is used anew at once, and a signal that
    /// came late would count in that other file.
    /// </summary>
    [Fact]
    public void A_late_post_never_hits_another_file()
    {
        bool over = false;
        EventLoop loop = Expect.NewLoop();
        OnThread[] posters = [.. Enumerable.Range(0, 2).Select(_ => OnThread.Start(() =>
        {
            while (!Volatile.Read(ref over))
                Volatile.Read(ref loop).Post(static () => { });
        }))];
        try
        {
            for (int i = 0; i < 2_000; i++)
            {
                EventLoop old = loop;
                Volatile.Write(ref loop, Expect.NewLoop());
                old.Dispose();
                using OwnedFd a = Expect.NewEventFd();
                using OwnedFd b = Expect.NewEventFd();
                Assert.Equal(Errno.EAGAIN, EventFd.Consume(a.Fd, out _));
                Assert.Equal(Errno.EAGAIN, EventFd.Consume(b.Fd, out _));
            }
        }
        finally
        {
            Volatile.Write(ref over, true);
            Array.ForEach(posters, p => p.Join());
            loop.Dispose();
        }
    }
}
