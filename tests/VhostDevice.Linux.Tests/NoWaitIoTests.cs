// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>The descriptors here block: a call that waited would never come back.</summary>
public sealed unsafe class NoWaitIoTests : LeakChecked
{
    [Fact]
    public void A_pipe_is_not_waited_for()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        using (read)
        using (write)
            ExpectNoWait(read, write);
    }

    [Fact]
    public void A_socket_is_not_waited_for()
    {
        UnixSocket.CreatePair(out OwnedFd? first, out OwnedFd? second).Ok();
        using (first)
        using (second)
            ExpectNoWait(first!, second!);
    }

    [Fact]
    public void The_end_of_the_stream_is_0_bytes()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        using (read)
        {
            write.Dispose();
            byte* buffer = stackalloc byte[8];
            Assert.Equal(0, NoWaitIo.Read(read.Fd, buffer, 8, out Errno errno));
            errno.Ok();
        }
    }

    // An eventfd cannot be written with the flag: the way of older kernels.
    [Fact]
    public void What_does_not_know_the_flag_is_polled()
    {
        EventFd.Create(nonBlocking: false, out OwnedFd? fd).Ok();
        using (fd)
        {
            ulong value = ulong.MaxValue - 1;
            Assert.Equal(8, NoWaitIo.Write(fd!.Fd, (byte*)&value, 8, out Errno errno));
            errno.Ok();
            Assert.Equal(-1, NoWaitIo.Write(fd.Fd, (byte*)&value, 8, out errno));
            Assert.Equal(Errno.EAGAIN, errno);
            ulong got;
            Assert.Equal(8, NoWaitIo.Read(fd.Fd, (byte*)&got, 8, out errno));
            Assert.Equal(value, got);
            Assert.Equal(-1, NoWaitIo.Read(fd.Fd, (byte*)&got, 8, out errno));
            Assert.Equal(Errno.EAGAIN, errno);
        }
    }

    private static void ExpectNoWait(OwnedFd read, OwnedFd write)
    {
        byte* buffer = stackalloc byte[4096];
        long written = 0, got = 0;
        nint n;
        Errno errno;
        while ((n = NoWaitIo.Write(write.Fd, buffer, 4096, out errno)) > 0)
            written += n;
        Assert.Equal(Errno.EAGAIN, errno);
        while ((n = NoWaitIo.Read(read.Fd, buffer, 4096, out errno)) > 0)
            got += n;
        Assert.Equal(Errno.EAGAIN, errno);
        Assert.True(written > 0);
        Assert.Equal(written, got);
    }
}
