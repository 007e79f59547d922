// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public class MemFdTests : LeakChecked
{
    [Fact]
    public void It_has_the_size_and_is_closed_on_exec()
    {
        using OwnedFd fd = Expect.NewMemFd(12_345);
        Assert.True(Native.ClosesOnExec(fd.Fd));
        Files.Stat(fd.Fd, out FileFacts facts).Ok();
        Assert.Equal(FileKind.Regular, facts.Kind);
        Assert.Equal(12_345UL, facts.Size);
    }

    [Fact]
    public void It_can_grow_but_not_shrink()
    {
        using OwnedFd fd = Expect.NewMemFd(8192);
        Assert.True(MemFd.CannotShrink(fd.Fd));
        Assert.Equal(-1, Libc.ftruncate(fd.Fd, 4096));
        Assert.Equal(Errno.EPERM, Errno.Last);
        Assert.Equal(0, Libc.ftruncate(fd.Fd, 16_384));
        Files.Stat(fd.Fd, out FileFacts facts).Ok();
        Assert.Equal(16_384UL, facts.Size);
    }

    [Fact]
    public void An_unsealed_file_can_shrink()
    {
        int n = Libc.memfd_create("unsealed", Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        using OwnedFd fd = new(n);
        Assert.False(MemFd.CannotShrink(n));
        // The other seals do not count.
        Assert.Equal(0, Libc.fcntl(n, Libc.F_ADD_SEALS, Libc.F_SEAL_GROW));
        Assert.False(MemFd.CannotShrink(n));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_is_sealed_later_if_its_owner_allows_that(bool mayBeSealed)
    {
        MemFd.CreateShrinkable("test", 8192, mayBeSealed, out OwnedFd? fd).Ok();
        using (fd)
        {
            Files.Truncate(fd!.Fd, 4096).Ok();
            Assert.Equal(mayBeSealed ? Errno.Success : Errno.EPERM, MemFd.SealAgainstShrinking(fd.Fd));
            Assert.Equal(mayBeSealed, MemFd.CannotShrink(fd.Fd));
            Assert.Equal(mayBeSealed ? Errno.EPERM : Errno.Success, Files.Truncate(fd.Fd, 0));
        }
    }

    [Fact]
    public void What_has_no_seals_can_shrink()
    {
        using OwnedFd fd = Expect.NewEventFd();
        Assert.False(MemFd.CannotShrink(fd.Fd));
        Assert.False(MemFd.CannotShrink(-1));
    }

    [Theory]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue)]
    public void A_size_that_no_file_has_is_refused(ulong size)
    {
        Assert.Equal(Errno.EFBIG, MemFd.Create("test", size, out OwnedFd? fd));
        Assert.Null(fd);
    }

    [Fact]
    public void A_name_that_is_too_long_is_refused()
    {
        Assert.Equal(Errno.EINVAL, MemFd.Create(new string('a', 300), 1, out OwnedFd? fd));
        Assert.Null(fd);
    }
}
