// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>The ring's own table of files.</summary>
public sealed unsafe class IoUringTests : LeakChecked
{
    [Fact]
    public void A_file_of_the_table_is_read_until_it_is_taken_out()
    {
        Errno errno = IoUring.Create(8, out IoUring? made);
        Assert.SkipWhen(errno.IsError, $"io_uring: {errno}");
        using IoUring ring = made!;
        ring.MakeFileTable(4).Ok();
        OwnedFd file = Expect.NewMemFd(4096);
        byte* p = stackalloc byte[8];
        IoVec piece = new(p, 8);
        Assert.Equal(-Errno.EBADF.Code, Read(ring, &piece, 2));
        ring.SetFile(2, file.Fd).Ok();
        // The ring holds it, whatever becomes of the descriptor.
        file.Dispose();
        Assert.Equal(8, Read(ring, &piece, 2));
        Assert.Equal(-Errno.EBADF.Code, Read(ring, &piece, 1));
        ring.SetFile(2, -1).Ok();
        Assert.Equal(-Errno.EBADF.Code, Read(ring, &piece, 2));
        Assert.Equal(Errno.EINVAL, ring.SetFile(4, -1));
    }

    [Fact]
    public void What_is_cancelled_comes_back_and_moves_nothing()
    {
        Errno errno = IoUring.Create(8, out IoUring? made);
        Assert.SkipWhen(errno.IsError, $"io_uring: {errno}");
        using IoUring ring = made!;
        Files.CreatePipe(nonBlocking: false, out OwnedFd? read, out OwnedFd? write).Ok();
        byte* p = stackalloc byte[8];
        IoVec piece = new(p, 8);
        Assert.True(ring.TryListTransfer(write: false, new RingFile(read!.Fd, IsPlace: false), &piece, 1, ulong.MaxValue, durable: false, 7));
        ring.Submit().Ok();
        Assert.True(ring.TryListCancel(7, 8));
        ring.Submit().Ok();
        Dictionary<ulong, int> results = [];
        SpinWait wait = default;
        while (results.Count < 2)
        {
            ring.Collect();
            if (ring.TryTake(out ulong userData, out int result))
                results.Add(userData, result);
            else
                wait.SpinOnce();
        }

        Assert.Equal(-Errno.ECANCELED.Code, results[7]);
        Assert.Equal(0, results[8]);
        read.Dispose();
        write!.Dispose();
    }

    [Fact]
    public void A_ring_that_is_closed_takes_no_files()
    {
        Errno errno = IoUring.Create(8, out IoUring? ring);
        Assert.SkipWhen(errno.IsError, $"io_uring: {errno}");
        ring!.MakeFileTable(4).Ok();
        ring.Dispose();
        Assert.Equal(Errno.EBADF, ring.SetFile(0, -1));
    }

    private static int Read(IoUring ring, IoVec* piece, int place)
    {
        Assert.True(ring.TryListTransfer(write: false, new RingFile(place, IsPlace: true), piece, 1, 0, durable: false, 7));
        ring.Submit().Ok();
        int result;
        ulong userData;
        SpinWait wait = default;
        while (!ring.TryTake(out userData, out result))
        {
            ring.Collect();
            wait.SpinOnce();
        }

        Assert.Equal(7ul, userData);
        return result;
    }
}
