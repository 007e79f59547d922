// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>
/// Timers by the time of day. A test cannot set the clock of the machine that it runs on: what the kernel says when
/// somebody does is told to the timer in its place.
/// </summary>
public sealed class WallClockTimerTests : LeakChecked
{
    [Fact]
    public void It_expires_once_the_clock_shows_its_time()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        using WallClockTimer timer = NewTimer(loop, () => runs++, null);
        Assert.False(timer.IsSet);
        DateTimeOffset time = DateTimeOffset.UtcNow.AddMilliseconds(5);
        timer.StartAt(time);
        Assert.True(timer.IsSet);
        loop.Turn(Expect.Timeout, out _).Ok();
        Assert.True(DateTimeOffset.UtcNow >= time);
        Assert.Equal((1, false), (runs, timer.IsSet));
    }

    [Fact]
    public void A_time_that_has_passed_expires_at_once_in_whatever_zone_it_is_given()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        using WallClockTimer timer = NewTimer(loop, () => runs++, null);
        DateTimeOffset[] past =
        [
            DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(-1),
            DateTimeOffset.UtcNow.AddSeconds(-1).ToOffset(TimeSpan.FromHours(14)),
        ];
        foreach (DateTimeOffset time in past)
        {
            timer.StartAt(time);
            loop.Turn(Expect.Timeout, out _).Ok();
        }

        Assert.Equal(past.Length, runs);
        timer.StartAt(DateTimeOffset.UtcNow.AddHours(1).ToOffset(TimeSpan.FromHours(-12)));
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal((0, true), (dispatched, timer.IsSet));
        timer.StartAt(DateTimeOffset.MaxValue);
        loop.Turn(0, out dispatched).Ok();
        Assert.Equal((0, true), (dispatched, timer.IsSet));
    }

    [Fact]
    public void A_cancelled_one_is_silent()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        using WallClockTimer timer = NewTimer(loop, () => runs++, () => runs++);
        timer.StartAt(DateTimeOffset.UnixEpoch);
        timer.Cancel();
        timer.OnRead(Errno.ECANCELED);
        timer.OnRead(Errno.Success);
        loop.Turn(0, out _).Ok();
        Assert.Equal((0, false), (runs, timer.IsSet));
    }

    [Fact]
    public void That_the_clock_was_set_is_told_and_the_timer_stays_set()
    {
        using EventLoop loop = Expect.NewLoop();
        int runs = 0;
        int steps = 0;
        using WallClockTimer timer = NewTimer(loop, () => runs++, () => steps++);
        timer.StartAt(DateTimeOffset.UtcNow.AddHours(1));
        timer.OnRead(Errno.EAGAIN);
        timer.OnRead(Errno.ECANCELED);
        Assert.Equal((0, 1, true), (runs, steps, timer.IsSet));
        timer.OnRead(Errno.Success);
        Assert.Equal((1, 1, false), (runs, steps, timer.IsSet));
    }

    private static WallClockTimer NewTimer(EventLoop loop, Action expired, Action? stepped)
    {
        WallClockTimer.Create(loop, expired, stepped, out WallClockTimer? timer).Ok();
        return timer!;
    }
}
