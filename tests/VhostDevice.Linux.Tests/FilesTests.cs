// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public unsafe class FilesTests : LeakChecked
{
    [Fact]
    public void Facts_tell_the_kinds_apart()
    {
        Files.Stat("/dev/null", out FileFacts null_).Ok();
        Assert.Equal(new FileFacts(FileKind.Character, 0, null_.BlockSize, 1, 3), null_);
        Assert.Equal(FileKind.Directory, Stat("/").Kind);

        using OwnedFd eventFd = Expect.NewEventFd();
        Assert.Equal(FileKind.Anonymous, Stat(eventFd.Fd).Kind);
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        using (read)
        using (write)
            Assert.Equal(FileKind.Fifo, Stat(read.Fd).Kind);
        (OwnedFd near, OwnedFd far) = Expect.NewPair();
        using (near)
        using (far)
            Assert.Equal(FileKind.Socket, Stat(near.Fd).Kind);
    }

    [Fact]
    public void Facts_of_a_regular_file()
    {
        using TempFolder folder = new();
        string path = folder.Path("größe");
        File.WriteAllBytes(path, new byte[1234]);
        FileFacts facts = Stat(path);
        Assert.Equal(FileKind.Regular, facts.Kind);
        Assert.Equal(1234UL, facts.Size);
        Assert.True(facts.BlockSize >= 512);
    }

    [Fact]
    public void What_is_not_there_is_an_error_value()
    {
        Assert.Equal(Errno.ENOENT, Files.Stat("/no/such/file", out FileFacts facts));
        Assert.Equal(default, facts);
        Assert.Equal(Errno.EBADF, Files.Stat(-1, out _));
        Assert.Equal(Errno.ENOENT, Files.Open("/no/such/file", write: false, nonBlocking: false, out OwnedFd? fd));
        Assert.Null(fd);
        Assert.Equal(Errno.EISDIR, Files.Open("/", write: true, nonBlocking: false, out _));
        Assert.Equal(Errno.ENOENT, Files.Unlink("/no/such/file"));
    }

    [Fact]
    public void Open_gives_what_was_asked_for()
    {
        using TempFolder folder = new();
        string path = folder.Path("file");
        File.WriteAllText(path, "x");
        byte cell = 1;
        using (OwnedFd reader = Expect.Made(Files.Open(path, write: false, nonBlocking: false, out OwnedFd? r), r))
        {
            Assert.True(Native.ClosesOnExec(reader.Fd));
            Assert.False(Files.IsNonBlocking(reader.Fd));
            Assert.Equal(-1, FileIo.Write(reader.Fd, &cell, 1, out Errno errno));
            Assert.Equal(Errno.EBADF, errno);
        }

        using (OwnedFd writer = Expect.Made(Files.Open(path, write: true, nonBlocking: true, out OwnedFd? w), w))
        {
            Assert.True(Files.IsNonBlocking(writer.Fd));
            Assert.Equal(1, FileIo.Write(writer.Fd, &cell, 1, out _));
        }

        Files.Unlink(path).Ok();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Non_blocking_is_a_property_of_the_open_file()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        using (read)
        using (write)
        using (OwnedFd copy = Expect.Made(read.Duplicate(out OwnedFd? c), c))
        {
            Assert.True(Native.ClosesOnExec(read.Fd));
            Assert.True(Native.ClosesOnExec(write.Fd));
            Assert.False(Files.IsNonBlocking(copy.Fd));
            Files.SetNonBlocking(read.Fd).Ok();
            Assert.True(Files.IsNonBlocking(copy.Fd));
            Assert.False(Files.IsNonBlocking(write.Fd));
        }

        Assert.False(Files.IsNonBlocking(-1));
        Assert.Equal(Errno.EBADF, Files.SetNonBlocking(-1));
    }

    private static FileFacts Stat(int fd)
    {
        Files.Stat(fd, out FileFacts facts).Ok();
        return facts;
    }

    private static FileFacts Stat(string path)
    {
        Files.Stat(path, out FileFacts facts).Ok();
        return facts;
    }
}
