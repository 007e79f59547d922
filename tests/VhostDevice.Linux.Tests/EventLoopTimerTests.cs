// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests;

public class EventLoopTimerTests : LeakChecked
{
    private static readonly TimeSpan s_never = TimeSpan.FromHours(1);

    [Fact]
    public void A_timer_runs_once_and_not_early()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        using LoopTimer timer = NewTimer(loop, () => runs++);
        Assert.False(timer.IsSet);
        TimeSpan delay = TimeSpan.FromMilliseconds(5);
        long start = Stopwatch.GetTimestamp();
        timer.Start(delay);
        Assert.True(timer.IsSet);
        loop.Turn(Expect.Timeout, out int dispatched).Ok();
        Assert.True(Stopwatch.GetElapsedTime(start) >= delay);
        Assert.Equal((1, 1), (dispatched, runs));
        Assert.False(timer.IsSet);
        loop.Turn(0, out dispatched).Ok();
        Assert.Equal(0, dispatched);
    }

    [Fact]
    public void A_timer_may_be_started_anew_from_its_own_action()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        LoopTimer? timer = null;
        timer = NewTimer(loop, () =>
        {
            if (++runs < 3)
                timer!.Start(TimeSpan.Zero);
        });
        timer.Start(TimeSpan.Zero);
        for (int i = 0; i < 3; i++)
            loop.Turn(Expect.Timeout, out _).Ok();
        Assert.Equal(3, runs);
        Assert.False(timer.IsSet);
        timer.Dispose();
    }

    [Fact]
    public void A_periodic_timer_runs_until_it_is_cancelled()
    {
        using EventLoop loop = Expect.NewLoop();
        ulong periods = 0;
        LoopTimer? timer = null;
        timer = NewTimer(loop, () =>
        {
            periods += timer!.Expirations;
            if (periods >= 5)
                timer.Cancel();
        });
        TimeSpan period = TimeSpan.FromMilliseconds(3);
        long start = Stopwatch.GetTimestamp();
        timer.StartPeriodic(period);
        while (timer.IsSet)
            loop.Turn(Expect.Timeout, out _).Ok();
        Assert.True(periods >= 5);
        Assert.True(Stopwatch.GetElapsedTime(start) >= period * periods);
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal(0, dispatched);
        Assert.Throws<ArgumentOutOfRangeException>(() => timer.StartPeriodic(TimeSpan.Zero));
        timer.Dispose();
    }

    [Fact]
    public void Periods_that_ended_while_the_loop_was_busy_are_counted()
    {
        using EventLoop loop = Expect.NewLoop();
        ulong periods = 0;
        LoopTimer? timer = null;
        timer = NewTimer(loop, () => periods += timer!.Expirations);
        long start = Stopwatch.GetTimestamp();
        timer.StartPeriodic(TimeSpan.FromMilliseconds(1));
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(start) > TimeSpan.FromMilliseconds(10));
        loop.Turn(Expect.Timeout, out _).Ok();
        Assert.True(periods >= 9);
        timer.Start(TimeSpan.Zero);
        periods = 0;
        loop.Turn(Expect.Timeout, out _).Ok();
        Assert.Equal((1UL, false), (periods, timer.IsSet));
        timer.Dispose();
    }

    [Fact]
    public void A_timer_runs_at_a_moment_or_at_once_when_that_has_passed()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        using LoopTimer timer = NewTimer(loop, () => runs++);
        long moment = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 200);
        timer.StartAt(moment);
        loop.Turn(Expect.Timeout, out _).Ok();
        Assert.True(Stopwatch.GetTimestamp() >= moment);
        Assert.Equal((1, false), (runs, timer.IsSet));
        foreach (long past in new[] { moment, 1, 0, -5, long.MinValue })
        {
            timer.StartAt(past);
            loop.Turn(Expect.Timeout, out _).Ok();
            Assert.False(timer.IsSet);
        }

        Assert.Equal(6, runs);
        timer.StartAt(long.MaxValue);
        Assert.True(timer.IsSet);
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal(0, dispatched);
    }

    [Fact]
    public void A_cancelled_timer_is_silent()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        using LoopTimer timer = NewTimer(loop, () => runs++);
        timer.Start(TimeSpan.Zero);
        timer.Cancel();
        Assert.False(timer.IsSet);
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal((0, 0), (dispatched, runs));
    }

    [Fact]
    public void A_new_start_replaces_the_old()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        using LoopTimer timer = NewTimer(loop, () => runs++);
        timer.Start(s_never);
        timer.Start(TimeSpan.Zero);
        loop.Turn(Expect.Timeout, out _).Ok();
        Assert.Equal(1, runs);
        timer.Start(TimeSpan.Zero);
        timer.Start(s_never);
        loop.Turn(0, out _).Ok();
        Assert.Equal(1, runs);
        Assert.True(timer.IsSet);
    }

    /// <summary>Both have expired and are in one batch; whichever runs first cancels or restarts the other.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_expiry_on_its_way_is_taken_back(bool cancel)
    {
        using EventLoop loop = Expect.NewLoop();
        List<LoopTimer> timers = [];
        int runs = 0;
        void Run(int other)
        {
            runs++;
            if (cancel)
                timers[other].Cancel();
            else
                timers[other].Start(s_never);
        }

        timers.Add(NewTimer(loop, () => Run(1)));
        timers.Add(NewTimer(loop, () => Run(0)));
        using OwnedFd probe = Expect.Made(TimerFd.Create(out OwnedFd? p), p);
        timers.ForEach(t => t.Start(TimeSpan.Zero));
        // Started last, so that the others have expired when it has.
        TimerFd.Set(probe.Fd, TimeSpan.FromMilliseconds(1), TimeSpan.Zero).Ok();
        Assert.True(EventFd.Wait(probe.Fd, Expect.Timeout));
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal((2, 1), (dispatched, runs));
        Assert.Equal(!cancel, timers.Exists(t => t.IsSet));
        loop.Turn(0, out dispatched).Ok();
        Assert.Equal(0, dispatched);
        timers.ForEach(t => t.Dispose());
    }

    [Fact]
    public void A_disposed_timer_is_silent_in_its_own_batch()
    {
        using EventLoop loop = Expect.NewLoop();
        LoopTimer? timer = null;
        int runs = 0;
        timer = NewTimer(loop, () =>
        {
            runs++;
            timer!.Dispose();
        });
        timer.Start(TimeSpan.Zero);
        loop.Turn(Expect.Timeout, out _).Ok();
        timer.Start(TimeSpan.Zero);
        timer.Cancel();
        timer.Dispose();
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal((0, 1), (dispatched, runs));
    }

    private static LoopTimer NewTimer(EventLoop loop, Action expired) => Expect.Made(loop.CreateTimer(expired, out LoopTimer? t), t);
}
