// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public unsafe class FileIoTests : LeakChecked
{
    [Fact]
    public void Bytes_go_through_a_pipe()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: true);
        using (read)
        using (write)
        {
            byte* sent = stackalloc byte[] { 1, 2, 3, 4, 5 };
            byte* got = stackalloc byte[8];
            Assert.Equal(-1, FileIo.Read(read.Fd, got, 8, out Errno errno));
            Assert.Equal(Errno.EAGAIN, errno);
            Assert.Equal(5, FileIo.Write(write.Fd, sent, 5, out errno));
            errno.Ok();
            // Short: what there is, not what was asked for.
            Assert.Equal(5, FileIo.Read(read.Fd, got, 8, out errno));
            errno.Ok();
            Assert.Equal([1, 2, 3, 4, 5], new ReadOnlySpan<byte>(got, 5).ToArray());
            write.Dispose();
            Assert.Equal(0, FileIo.Read(read.Fd, got, 8, out errno));
            errno.Ok();
        }
    }

    [Fact]
    public void A_full_pipe_takes_a_part_and_then_none()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: true);
        using (read)
        using (write)
        {
            byte[] much = new byte[4 << 20];
            fixed (byte* p = much)
            {
                nint n = FileIo.Write(write.Fd, p, (nuint)much.Length, out Errno errno);
                errno.Ok();
                Assert.InRange(n, 1, much.Length - 1);
                Assert.Equal(-1, FileIo.Write(write.Fd, p, (nuint)much.Length, out errno));
                Assert.Equal(Errno.EAGAIN, errno);
            }
        }
    }

    [Fact]
    public void Vectors_scatter_and_gather()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: true);
        using (read)
        using (write)
        {
            byte* a = stackalloc byte[] { 1, 2, 3 };
            byte* b = stackalloc byte[] { 4 };
            Assert.Equal(4, FileIo.WriteV(write.Fd, [new IoVec(a, 3), new IoVec(null, 0), new IoVec(b, 1)], out Errno errno));
            errno.Ok();
            byte* got = stackalloc byte[8];
            Assert.Equal(4, FileIo.ReadV(read.Fd, [new IoVec(got + 6, 2), new IoVec(got, 6)], out errno));
            errno.Ok();
            Assert.Equal([3, 4, 0, 0, 0, 0, 1, 2], new ReadOnlySpan<byte>(got, 8).ToArray());
        }
    }

    [Fact]
    public void Vectors_at_an_offset_leave_the_position_alone()
    {
        using OwnedFd file = Expect.NewMemFd(100);
        byte* a = stackalloc byte[] { 1, 2, 3 };
        byte* b = stackalloc byte[] { 4, 5 };
        Assert.Equal(5, FileIo.PWriteV(file.Fd, [new IoVec(a, 3), new IoVec(b, 2)], 40, out Errno errno));
        errno.Ok();
        byte* got = stackalloc byte[4];
        Assert.Equal(4, FileIo.PReadV(file.Fd, [new IoVec(got, 1), new IoVec(got + 1, 3)], 41, out errno));
        errno.Ok();
        Assert.Equal([2, 3, 4, 5], new ReadOnlySpan<byte>(got, 4).ToArray());

        // Short at the end of the file, nothing beyond, and the position is still the start.
        Assert.Equal(1, FileIo.PReadV(file.Fd, [new IoVec(got, 4)], 99, out errno));
        Assert.Equal(0, FileIo.PReadV(file.Fd, [new IoVec(got, 4)], 100, out errno));
        errno.Ok();
        byte* all = stackalloc byte[200];
        Assert.Equal(100, FileIo.Read(file.Fd, all, 200, out errno));
        Assert.Equal(1, all[40]);
    }

    [Fact]
    public void Offsets_beyond_4_GiB_are_whole()
    {
        const long Far = (5L << 32) + 7;
        using OwnedFd file = Expect.NewMemFd((ulong)Far + 4);
        byte* a = stackalloc byte[] { 9 };
        Assert.Equal(1, FileIo.PWriteV(file.Fd, [new IoVec(a, 1)], Far, out _));
        byte* got = stackalloc byte[1];
        Assert.Equal(1, FileIo.PReadV(file.Fd, [new IoVec(got, 1)], Far, out _));
        Assert.Equal(9, *got);
        Assert.Equal(1, FileIo.PReadV(file.Fd, [new IoVec(got, 1)], 7, out _));
        Assert.Equal(0, *got);
    }

    [Fact]
    public void No_vectors_move_nothing()
    {
        using OwnedFd file = Expect.NewMemFd(1);
        Assert.Equal(0, FileIo.ReadV(file.Fd, [], out Errno errno));
        errno.Ok();
        Assert.Equal(0, FileIo.PWriteV(file.Fd, [], 0, out errno));
        errno.Ok();
    }

    [Fact]
    public void More_vectors_than_one_call_takes_are_left_over()
    {
        using OwnedFd file = Expect.NewMemFd(4096);
        byte* cell = stackalloc byte[1];
        IoVec[] vectors = new IoVec[IoVec.MaxPerCall + 5];
        Array.Fill(vectors, new IoVec(cell, 1));
        Assert.Equal(IoVec.MaxPerCall, FileIo.PReadV(file.Fd, vectors, 0, out Errno errno));
        errno.Ok();
        Assert.Equal(IoVec.MaxPerCall, FileIo.ReadV(file.Fd, vectors, out _));
        Assert.Equal(IoVec.MaxPerCall, FileIo.PWriteV(file.Fd, vectors, 0, out _));
        Assert.Equal(IoVec.MaxPerCall, FileIo.WriteV(file.Fd, vectors, out _));
    }

    [Fact]
    public void Failures_are_values()
    {
        byte* cell = stackalloc byte[1];
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: true);
        using (read)
        using (write)
        {
            Assert.Equal(-1, FileIo.Read(-1, cell, 1, out Errno errno));
            Assert.Equal(Errno.EBADF, errno);
            Assert.Equal(-1, FileIo.Write(read.Fd, cell, 1, out errno));
            Assert.Equal(Errno.EBADF, errno);
            Assert.Equal(-1, FileIo.PReadV(read.Fd, [new IoVec(cell, 1)], 0, out errno));
            Assert.Equal(Errno.ESPIPE, errno);
            Assert.Equal(1, FileIo.Write(write.Fd, cell, 1, out _));
            Assert.Equal(-1, FileIo.Read(read.Fd, (byte*)1, 1, out errno));
            Assert.Equal(Errno.EFAULT, errno);
            Assert.Equal(-1, FileIo.ReadV(read.Fd, [new IoVec(cell, nuint.MaxValue)], out errno));
            Assert.Equal(Errno.EINVAL, errno);
        }
    }

    [Fact]
    public void A_piece_as_a_span_is_the_same_memory()
    {
        byte* cells = stackalloc byte[3];
        IoVec piece = new(cells, 3);
        piece.AsSpan()[2] = 7;
        Assert.Equal(7, cells[2]);
        Assert.Throws<OverflowException>(() => { _ = new IoVec(null, (nuint)int.MaxValue + 1).AsSpan(); });
    }
}
