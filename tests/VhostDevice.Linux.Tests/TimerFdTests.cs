// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests;

public class TimerFdTests : LeakChecked
{
    private static readonly TimeSpan s_never = TimeSpan.FromHours(1);

    [Fact]
    public void A_one_shot_fires_once_and_not_early()
    {
        using OwnedFd timer = NewTimer();
        TimeSpan delay = TimeSpan.FromMilliseconds(5);
        long start = Stopwatch.GetTimestamp();
        TimerFd.Set(timer.Fd, delay, TimeSpan.Zero).Ok();
        Assert.True(EventFd.Wait(timer.Fd, Expect.Timeout));
        Assert.True(Stopwatch.GetElapsedTime(start) >= delay);
        EventFd.Consume(timer.Fd, out ulong count).Ok();
        Assert.Equal(1UL, count);
        Assert.Equal(Errno.EAGAIN, EventFd.Consume(timer.Fd, out _));
    }

    [Fact]
    public void A_period_counts_every_expiry()
    {
        using OwnedFd timer = NewTimer();
        TimerFd.Set(timer.Fd, TimeSpan.Zero, TimeSpan.FromMilliseconds(1)).Ok();
        for (ulong seen = 0; seen < 3;)
        {
            Assert.True(EventFd.Wait(timer.Fd, Expect.Timeout));
            EventFd.Consume(timer.Fd, out ulong count).Ok();
            seen += count;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_delay_of_nothing_fires_at_once(long ticks)
    {
        using OwnedFd timer = NewTimer();
        TimerFd.Set(timer.Fd, new TimeSpan(ticks), TimeSpan.Zero).Ok();
        Assert.True(EventFd.Wait(timer.Fd, Expect.Timeout));
    }

    [Fact]
    public void The_longest_delay_is_accepted_and_silent()
    {
        using OwnedFd timer = NewTimer();
        TimerFd.Set(timer.Fd, TimeSpan.MaxValue, TimeSpan.Zero).Ok();
        Assert.False(EventFd.Wait(timer.Fd, 0));
    }

    [Fact]
    public void Cancel_and_a_new_start_take_back_an_expiry()
    {
        using OwnedFd timer = NewTimer();
        TimerFd.Set(timer.Fd, TimeSpan.Zero, TimeSpan.Zero).Ok();
        Assert.True(EventFd.Wait(timer.Fd, Expect.Timeout));
        TimerFd.Set(timer.Fd, s_never, TimeSpan.Zero).Ok();
        Assert.Equal(Errno.EAGAIN, EventFd.Consume(timer.Fd, out _));

        TimerFd.Set(timer.Fd, TimeSpan.Zero, TimeSpan.Zero).Ok();
        Assert.True(EventFd.Wait(timer.Fd, Expect.Timeout));
        TimerFd.Cancel(timer.Fd).Ok();
        Assert.False(EventFd.Wait(timer.Fd, 0));
    }

    [Fact]
    public void A_negative_period_is_refused()
    {
        using OwnedFd timer = NewTimer();
        Assert.Equal(Errno.EINVAL, TimerFd.Set(timer.Fd, s_never, -s_never));
    }

    [Fact]
    public void Something_else_is_no_timer()
    {
        using OwnedFd fd = Expect.NewEventFd();
        Assert.Equal(Errno.EINVAL, TimerFd.Set(fd.Fd, s_never, TimeSpan.Zero));
        Assert.Equal(Errno.EINVAL, TimerFd.Cancel(fd.Fd));
    }

    private static OwnedFd NewTimer() => Expect.Made(TimerFd.Create(out OwnedFd? fd), fd);
}
