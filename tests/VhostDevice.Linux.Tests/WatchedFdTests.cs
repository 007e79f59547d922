// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>One owner of many descriptors, one after the other, and the sockets that are made for it.</summary>
public sealed class WatchedFdTests : LeakChecked
{
    private const Readiness Watched = Readiness.Readable | Readiness.PeerClosed | Readiness.EdgeTriggered;

    [Fact]
    public void It_owns_and_watches_one_descriptor_after_the_other()
    {
        using EventLoop loop = Expect.NewLoop();
        using TempFolder folder = new();
        using OwnedFd listener = Listen(folder, "s7");
        UnixAddress address = Make(folder, "s");
        Handler handler = new();
        using WatchedFd near = new(loop, handler);
        using WatchedFd far = new(loop, new Handler());
        for (int i = 1; i <= 3; i++)
        {
            address.Connect(7, messages: false, near).Ok();
            StreamSocket.Accept(listener.Fd, far).Ok();
            Assert.True(Files.IsNonBlocking(near.Fd) && Files.IsNonBlocking(far.Fd));
            near.Watch(Watched).Ok();
            Assert.Equal(Watched, near.Interest);
            far.Close();
            loop.Turn(1000, out _).Ok();
            Assert.Equal(i, handler.Calls.Count);
            Assert.True((handler.Calls[^1] & Readiness.PeerClosed) != 0);
        }
    }

    [Fact]
    public void Events_of_a_former_descriptor_do_not_arrive()
    {
        using EventLoop loop = Expect.NewLoop();
        using TempFolder folder = new();
        using OwnedFd listener = Listen(folder, "s7");
        UnixAddress address = Make(folder, "s");
        using WatchedFd far = new(loop, new Handler());
        Handler handler = new();
        using WatchedFd near = new(loop, handler);
        address.Connect(7, messages: false, near).Ok();
        StreamSocket.Accept(listener.Fd, far).Ok();
        near.Watch(Watched).Ok();
        far.Close();
        near.Close();
        address.Connect(7, messages: false, near).Ok();
        near.Watch(Watched).Ok();
        loop.Turn(0, out _).Ok();
        Assert.Empty(handler.Calls);
        Assert.Equal(Errno.EAGAIN, AcceptAll(listener, far));
    }

    [Fact]
    public void Refused_connections_leave_nothing()
    {
        using EventLoop loop = Expect.NewLoop();
        using TempFolder folder = new();
        using WatchedFd target = new(loop, new Handler());
        UnixAddress address = Make(folder, "s");
        Assert.Equal(Errno.ENOENT, address.Connect(uint.MaxValue, messages: false, target));
        Assert.Equal(-1, target.Fd);
        using OwnedFd listener = Listen(folder, "s4294967295");
        // The socket there is for streams.
        Assert.NotEqual(Errno.Success, address.Connect(uint.MaxValue, messages: true, target));
        address.Connect(uint.MaxValue, messages: false, target).Ok();
    }

    [Fact]
    public void Addresses_that_cannot_be()
    {
        Assert.Equal(Errno.EINVAL, UnixAddress.Create("", out _));
        Assert.Equal(Errno.EINVAL, UnixAddress.Create("a\0b", out _));
        Assert.Equal(Errno.ENAMETOOLONG, UnixAddress.Create(new string('x', UnixSocket.MaxPathBytes - 9), out _));
        UnixAddress.Create(new string('x', UnixSocket.MaxPathBytes - 10), out _).Ok();
    }

    private static Errno AcceptAll(OwnedFd listener, WatchedFd target)
    {
        Errno errno;
        do
        {
            errno = StreamSocket.Accept(listener.Fd, target);
        }
        while (errno.IsSuccess);
        return errno;
    }

    private static OwnedFd Listen(TempFolder folder, string name)
    {
        UnixSocket.Listen(folder.Path(name), out OwnedFd? listener).Ok();
        return listener!;
    }

    private static UnixAddress Make(TempFolder folder, string name)
    {
        UnixAddress.Create(folder.Path(name), out UnixAddress? address).Ok();
        return address!;
    }
}
