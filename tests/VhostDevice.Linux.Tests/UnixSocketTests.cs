// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Linux.Tests;

public unsafe class UnixSocketTests : LeakChecked
{
    /// <summary>Whoever only wants to know whether somebody listens need not wait until he has time.</summary>
    [Fact]
    public void A_full_backlog_is_not_waited_for()
    {
        using TempFolder folder = new();
        string path = folder.Path("s");
        using OwnedFd listener = Expect.Made(UnixSocket.Listen(path, out OwnedFd? l), l);
        List<OwnedFd> waiting = [];
        Errno errno = Errno.Success;
        OnThread.Run(() =>
        {
            while (errno.IsSuccess && waiting.Count < 10_000)
            {
                errno = UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? connection);
                if (errno.IsSuccess)
                    waiting.Add(connection!);
            }
        });
        foreach (OwnedFd connection in waiting)
            connection.Dispose();
        Assert.Equal(Errno.EAGAIN, errno);
    }

    /// <summary>A connection's peer has the name of the socket that took it.</summary>
    [Fact]
    public void The_name_of_a_listener_is_that_of_its_connections_peers()
    {
        using TempFolder folder = new();
        using OwnedFd listener = Expect.Made(UnixSocket.Listen(folder.Path("s"), out OwnedFd? l), l);
        using OwnedFd near = Expect.Made(UnixSocket.Connect(folder.Path("s"), out OwnedFd? c), c);
        UnixSocket.Name(listener.Fd, out byte[] name).Ok();
        UnixSocket.PeerName(near.Fd, out byte[] peer).Ok();
        Assert.NotEmpty(name);
        Assert.Equal(name, peer);
        Assert.Equal(Errno.ENOTCONN, UnixSocket.PeerName(listener.Fd, out _));
        (OwnedFd first, OwnedFd second) = Expect.NewPair();
        using (first)
        using (second)
        {
            UnixSocket.PeerName(first.Fd, out peer).Ok();
            Assert.Empty(peer);
        }
    }

    [Fact]
    public void Connect_and_accept_meet()
    {
        using TempFolder folder = new();
        string path = folder.Path("socket");
        using OwnedFd listener = Listen(path);
        Assert.True(Native.ClosesOnExec(listener.Fd));
        Assert.Equal(Errno.EAGAIN, UnixSocket.Accept(listener.Fd, out OwnedFd? none));
        Assert.Null(none);

        using OwnedFd near = Expect.Made(UnixSocket.Connect(path, out OwnedFd? c), c);
        using OwnedFd far = Expect.Made(UnixSocket.Accept(listener.Fd, out OwnedFd? a), a);
        Assert.True(Native.ClosesOnExec(near.Fd));
        Assert.True(Native.ClosesOnExec(far.Fd));
        Assert.False(Files.IsNonBlocking(near.Fd));
        Assert.True(Files.IsNonBlocking(far.Fd));
        byte cell = 5;
        Assert.Equal(1, FileIo.Write(near.Fd, &cell, 1, out _));
        Assert.Equal(1, FileIo.Read(far.Fd, &cell, 1, out _));
        Assert.Equal(5, cell);
    }

    [Fact]
    public void A_path_in_use_is_refused_and_stays()
    {
        using TempFolder folder = new();
        string path = folder.Path("socket");
        using OwnedFd listener = Listen(path);
        Assert.Equal(Errno.EADDRINUSE, UnixSocket.Listen(path, out OwnedFd? second));
        Assert.Null(second);
        using OwnedFd near = Expect.Made(UnixSocket.Connect(path, out OwnedFd? c), c);
    }

    [Fact]
    public void Nobody_there_is_an_error_value()
    {
        using TempFolder folder = new();
        string path = folder.Path("socket");
        Assert.Equal(Errno.ENOENT, UnixSocket.Connect(path, out OwnedFd? connection));
        Assert.Null(connection);
        Listen(path).Dispose();
        Assert.Equal(Errno.ECONNREFUSED, UnixSocket.Connect(path, out connection));
        Assert.Null(connection);
        Assert.Equal(Errno.ENOENT, UnixSocket.Listen(folder.Path("no/such/folder"), out _));
    }

    [Fact]
    public void The_longest_path_works_and_one_byte_more_is_too_long()
    {
        using TempFolder folder = new();
        string longest = folder.Path("");
        longest += new string('a', UnixSocket.MaxPathBytes - longest.Length);
        using (OwnedFd listener = Listen(longest))
        {
            using OwnedFd near = Expect.Made(UnixSocket.Connect(longest, out OwnedFd? c), c);
        }

        Assert.True(File.Exists(longest));
        Assert.Equal(Errno.ENAMETOOLONG, UnixSocket.Listen(longest + "a", out _));
        Assert.Equal(Errno.ENAMETOOLONG, UnixSocket.Connect(longest + "a", out _));
        // Bytes count, not characters.
        Assert.Equal(Errno.ENAMETOOLONG, UnixSocket.Connect(longest[..^1] + "ä", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0abstract")]
    [InlineData("/tmp/vhost-device\0cut")]
    public void A_name_that_the_kernel_would_read_otherwise_is_refused(string path)
    {
        Assert.Equal(Errno.EINVAL, UnixSocket.Listen(path, out OwnedFd? fd));
        Assert.Null(fd);
        Assert.Equal(Errno.EINVAL, UnixSocket.Connect(path, out fd));
        Assert.Null(fd);
        Assert.Equal(Errno.EINVAL, UnixSocket.ConnectDatagram(path, out _));
    }

    [Fact]
    public void A_pair_is_connected_and_blocks()
    {
        (OwnedFd first, OwnedFd second) = Expect.NewPair();
        using (first)
        using (second)
        {
            Assert.True(Native.ClosesOnExec(first.Fd));
            Assert.True(Native.ClosesOnExec(second.Fd));
            Assert.False(Files.IsNonBlocking(first.Fd));
            byte cell = 3;
            Assert.Equal(1, FileIo.Write(first.Fd, &cell, 1, out _));
            Assert.Equal(1, FileIo.Read(second.Fd, &cell, 1, out _));
        }
    }

    [Fact]
    public void A_socket_knows_the_path_it_is_bound_to()
    {
        using TempFolder folder = new();
        string path = folder.Path("söcket");
        using OwnedFd listener = Listen(path);
        Assert.Equal(path, UnixSocket.PathOf(listener.Fd));
        using OwnedFd near = Expect.Made(UnixSocket.Connect(path, out OwnedFd? c), c);
        Assert.Null(UnixSocket.PathOf(near.Fd));
        using OwnedFd eventFd = Expect.NewEventFd();
        Assert.Null(UnixSocket.PathOf(eventFd.Fd));
    }

    [Fact]
    public void A_full_backlog_does_not_make_one_wait_who_does_not_want_to()
    {
        using TempFolder folder = new();
        string path = folder.Path("socket");
        using OwnedFd listener = Listen(path);
        List<OwnedFd> connected = [];
        Errno errno;
        while ((errno = UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? next)).IsSuccess)
            connected.Add(next!);
        Assert.Equal(Errno.EAGAIN, errno);
        Assert.True(Files.IsNonBlocking(connected[0].Fd));
        connected.ForEach(c => c.Dispose());
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void A_socket_is_for_whom_it_was_made_for()
    {
        using TempFolder folder = new();
        string path = folder.Path("socket");
        using OwnedFd listener = Expect.Made(UnixSocket.Listen(path, new SocketAccess(null, 0x1a0), out OwnedFd? made), made);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(path) & (UnixFileMode)0x1ff);
        using OwnedFd near = Expect.Made(UnixSocket.Connect(path, out OwnedFd? c), c);
    }

    [Fact]
    public void A_group_is_found_by_name_or_number()
    {
        Accounts.FindGroup("root", out uint root).Ok();
        Assert.Equal(0u, root);
        Accounts.FindGroup("4711", out uint number).Ok();
        Assert.Equal(4711u, number);
        Assert.Equal(Errno.ENOENT, Accounts.FindGroup("no such group", out _));
    }

    [Fact]
    public void Inspect_tells_what_was_inherited()
    {
        using TempFolder folder = new();
        using OwnedFd listener = Listen(folder.Path("socket"));
        UnixSocket.Inspect(listener.Fd, out bool isUnixStream, out bool isListening).Ok();
        Assert.True(isUnixStream && isListening);

        (OwnedFd first, OwnedFd second) = Expect.NewPair();
        using (first)
        using (second)
        {
            UnixSocket.Inspect(first.Fd, out isUnixStream, out isListening).Ok();
            Assert.True(isUnixStream && !isListening);
        }

        using OwnedFd datagram = new(Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0));
        UnixSocket.Inspect(datagram.Fd, out isUnixStream, out isListening).Ok();
        Assert.False(isUnixStream || isListening);

        using OwnedFd eventFd = Expect.NewEventFd();
        Assert.Equal(Errno.ENOTSOCK, UnixSocket.Inspect(eventFd.Fd, out isUnixStream, out isListening));
        Assert.False(isUnixStream || isListening);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_datagram_reaches_a_name(bool isAbstract)
    {
        using TempFolder folder = new();
        string name = isAbstract ? $"@vhost-device-test-{Environment.ProcessId}" : folder.Path("notify");
        using OwnedFd receiver = BindDatagram(name);
        UnixSocket.ConnectDatagram(name, out OwnedFd? sender).Ok();
        using (sender)
        {
            fixed (byte* text = "READY=1"u8)
                Assert.Equal(7, FileIo.Write(sender!.Fd, text, 7, out _));
        }

        byte* got = stackalloc byte[64];
        Assert.Equal(7, FileIo.Read(receiver.Fd, got, 64, out _));
        Assert.Equal("READY=1", Encoding.UTF8.GetString(got, 7));
    }

    [Fact]
    public void A_datagram_to_nobody_is_an_error_value()
    {
        Assert.Equal(Errno.ECONNREFUSED, UnixSocket.ConnectDatagram("@vhost-device-nobody", out _));
        Assert.Equal(Errno.ENOENT, UnixSocket.ConnectDatagram("/no/such/socket", out _));
        Assert.Equal(Errno.ENAMETOOLONG, UnixSocket.ConnectDatagram("@" + new string('a', UnixSocket.MaxPathBytes), out _));
    }

    private static OwnedFd Listen(string path) => Expect.Made(UnixSocket.Listen(path, out OwnedFd? l), l);

    /// <summary>As sd_notify(3) reads the name: '@' stands for a NUL, and an abstract name has no end but its length.</summary>
    private static OwnedFd BindDatagram(string name)
    {
        OwnedFd fd = new(Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0));
        SockAddrUn address = new() { Family = Libc.AF_UNIX };
        int length = Encoding.UTF8.GetBytes(name, new Span<byte>(address.Path, SockAddrUn.PathCapacity));
        bool isAbstract = name[0] == '@';
        if (isAbstract)
            address.Path[0] = 0;
        Assert.Equal(0, Libc.bind(fd.Fd, &address, (uint)(sizeof(ushort) + length + (isAbstract ? 0 : 1))));
        return fd;
    }
}
