// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public class SignalFdTests : LeakChecked
{
    /// <summary>On a thread of its own, whose blocked signals end with it.</summary>
    [Fact]
    public void A_blocked_signal_to_the_thread_is_read()
    {
        int[] signals = [Native.SIGUSR1, Native.SIGUSR2];
        OnThread.Run(() =>
        {
            SignalFd.Block(signals).Ok();
            using OwnedFd fd = Expect.Made(SignalFd.Create(signals, out OwnedFd? f), f);
            Assert.True(Native.ClosesOnExec(fd.Fd));
            Assert.Equal(Errno.EAGAIN, SignalFd.Read(fd.Fd, out int none));
            Assert.Equal(0, none);

            foreach (int expected in signals)
            {
                Assert.Equal(0, Native.tgkill(Native.getpid(), Native.gettid(), expected));
                Assert.True(EventFd.Wait(fd.Fd, Expect.Timeout));
                SignalFd.Read(fd.Fd, out int signal).Ok();
                Assert.Equal(expected, signal);
            }

            Assert.Equal(Errno.EAGAIN, SignalFd.Read(fd.Fd, out _));
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65)]
    [InlineData(int.MinValue)]
    public void What_is_no_signal_is_refused(int number)
    {
        Assert.Equal(Errno.EINVAL, SignalFd.Create([number], out OwnedFd? fd));
        Assert.Null(fd);
        OnThread.Run(() => Assert.Equal(Errno.EINVAL, SignalFd.Block(number)));
    }

    [Fact]
    public void The_last_signal_counts() => OnThread.Run(() =>
    {
        SignalFd.Block(64).Ok();
        using OwnedFd fd = Expect.Made(SignalFd.Create([64], out OwnedFd? f), f);
        Assert.Equal(0, Native.tgkill(Native.getpid(), Native.gettid(), 64));
        Assert.True(EventFd.Wait(fd.Fd, Expect.Timeout));
        SignalFd.Read(fd.Fd, out int signal).Ok();
        Assert.Equal(64, signal);
    });

    [Fact]
    public void A_broken_pipe_is_an_error_value()
    {
        SignalFd.IgnoreBrokenPipes();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: true);
        using (write)
        {
            read.Dispose();
            Assert.Equal(Errno.EPIPE, EventFd.Signal(write.Fd));
        }
    }
}
