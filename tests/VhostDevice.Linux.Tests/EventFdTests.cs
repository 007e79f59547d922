// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public unsafe class EventFdTests : LeakChecked
{
    [Fact]
    public void Signals_add_up_until_consumed()
    {
        using OwnedFd fd = Expect.NewEventFd();
        Assert.True(Native.ClosesOnExec(fd.Fd));
        EventFd.Signal(fd.Fd).Ok();
        EventFd.Signal(fd.Fd).Ok();
        EventFd.Consume(fd.Fd, out ulong count).Ok();
        Assert.Equal(2UL, count);
        Assert.Equal(Errno.EAGAIN, EventFd.Consume(fd.Fd, out count));
        Assert.Equal(0UL, count);
    }

    [Fact]
    public void Blocking_is_as_asked()
    {
        using OwnedFd blocking = Expect.NewEventFd(nonBlocking: false);
        using OwnedFd nonBlocking = Expect.NewEventFd(nonBlocking: true);
        Assert.False(Files.IsNonBlocking(blocking.Fd));
        Assert.True(Files.IsNonBlocking(nonBlocking.Fd));
    }

    [Fact]
    public void A_full_counter_cannot_be_signalled()
    {
        using OwnedFd fd = Expect.NewEventFd();
        Assert.True(EventFd.CanSignal(fd.Fd));
        ulong most = ulong.MaxValue - 1;
        Assert.Equal(sizeof(ulong), FileIo.Write(fd.Fd, (byte*)&most, sizeof(ulong), out _));
        Assert.False(EventFd.CanSignal(fd.Fd));
        Assert.Equal(Errno.EAGAIN, EventFd.Signal(fd.Fd));
        EventFd.Consume(fd.Fd, out ulong count).Ok();
        Assert.Equal(most, count);
        Assert.True(EventFd.CanSignal(fd.Fd));
    }

    [Fact]
    public void The_write_end_of_a_pipe_serves_as_well()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: true);
        using (read)
        using (write)
        {
            EventFd.Signal(write.Fd).Ok();
            EventFd.Consume(read.Fd, out ulong count).Ok();
            Assert.Equal(1UL, count);
        }
    }

    [Fact]
    public void Wait_tells_readable_from_time_out()
    {
        using OwnedFd fd = Expect.NewEventFd();
        Assert.False(EventFd.Wait(fd.Fd, 0));
        Assert.False(EventFd.Wait(fd.Fd, 1));
        EventFd.Signal(fd.Fd).Ok();
        Assert.True(EventFd.Wait(fd.Fd, Expect.Timeout));
    }

    [Fact]
    public void Wait_is_woken_by_another_thread()
    {
        using OwnedFd fd = Expect.NewEventFd();
        Thread thread = new(() => _ = EventFd.Signal(fd.Fd));
        thread.Start();
        Assert.True(EventFd.Wait(fd.Fd, Expect.Timeout));
        thread.Join();
    }

    [Fact]
    public void A_closed_descriptor_is_neither_readable_nor_writable()
    {
        OwnedFd fd = Expect.NewEventFd();
        int number = fd.Fd;
        fd.Dispose();
        Assert.False(EventFd.Wait(number, Expect.Timeout));
        Assert.False(EventFd.CanSignal(number));
        Assert.Equal(Errno.EBADF, EventFd.Signal(number));
        Assert.Equal(Errno.EBADF, EventFd.Consume(number, out _));
    }
}
