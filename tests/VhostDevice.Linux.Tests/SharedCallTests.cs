// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests;

/// <summary>A loop that stands in a write to an eventfd of somebody who made it blocking, and full, does not stay there.</summary>
public sealed class SharedCallTests : LeakChecked
{
    [Fact]
    public void A_write_that_waits_is_interrupted_and_the_loop_goes_on()
    {
        SharedCallWatch.Start();
        using OwnedFd full = NewFull();
        for (int i = 0; i < 5; i++)
            Assert.Equal(Errno.EINTR, OnLoop(() => EventFd.SignalShared(full.Fd)));
        Assert.Equal(ulong.MaxValue - 1, Consumed(full));
    }

    [Fact]
    public void Each_loop_is_interrupted_for_itself()
    {
        SharedCallWatch.Start();
        using OwnedFd full = NewFull();
        OnThread[] threads = [.. Enumerable.Range(0, 3).Select(_ => OnThread.Start(
            () => Assert.Equal(Errno.EINTR, OnLoop(() => EventFd.SignalShared(full.Fd)))))];
        foreach (OnThread thread in threads)
            thread.Join();
    }

    /// <summary>While nothing happens the watch sleeps, and the first call wakes it, waiting or not.</summary>
    [Fact]
    public void A_write_that_waits_is_interrupted_after_a_long_silence()
    {
        SharedCallWatch.Start();
        using OwnedFd full = NewFull();
        SpinWait.SpinUntil(static () => SharedCallWatch.Sleeps, Expect.Timeout);
        Assert.True(SharedCallWatch.Sleeps);
        Assert.Equal(Errno.EINTR, OnLoop(() => EventFd.SignalShared(full.Fd)));
        SpinWait.SpinUntil(static () => SharedCallWatch.Sleeps, Expect.Timeout);
        Assert.True(SharedCallWatch.Sleeps);
    }

    [Fact]
    public void Writes_that_go_through_are_not_disturbed()
    {
        SharedCallWatch.Start();
        using OwnedFd fd = Expect.NewEventFd();
        int failures = OnLoop(() =>
        {
            int failed = 0;
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 200)
                failed += EventFd.SignalShared(fd.Fd).IsError ? 1 : 0;
            return failed;
        });
        Assert.Equal(0, failures);
    }

    [Fact]
    public void Outside_of_a_loop_it_is_a_signal_like_any_other()
    {
        using OwnedFd fd = Expect.NewEventFd();
        EventFd.SignalShared(fd.Fd).Ok();
        Assert.Equal(1UL, Consumed(fd));
    }

    private static OwnedFd NewFull()
    {
        OwnedFd fd = Expect.NewEventFd();
        unsafe
        {
            ulong most = ulong.MaxValue - 1;
            Assert.Equal(sizeof(ulong), FileIo.Write(fd.Fd, (byte*)&most, sizeof(ulong), out _));
        }

        Files.SetBlocking(fd.Fd).Ok();
        return fd;
    }

    private static ulong Consumed(OwnedFd fd)
    {
        EventFd.Consume(fd.Fd, out ulong count).Ok();
        return count;
    }

    private static T OnLoop<T>(Func<T> function)
    {
        T result = default!;
        using EventLoop loop = Expect.NewLoop();
        OnThread.Run(() =>
        {
            loop.Post(() =>
            {
                result = function();
                loop.Stop();
            });
            loop.Run().Ok();
        });
        return result;
    }
}
