// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public sealed unsafe class FdMessageTests : LeakChecked
{
    [Fact]
    public void Descriptors_travel_with_the_bytes()
    {
        using Pair pair = new();
        using OwnedFd first = Expect.NewEventFd();
        using OwnedFd second = Expect.NewEventFd();
        Assert.Equal(3, FdMessage.Send(pair.Near.Fd, [1, 2, 3], [first.Fd, second.Fd], out Errno errno));
        errno.Ok();

        byte[] got = new byte[10];
        using Received received = pair.Receive(got, 8);
        Assert.Equal(3, received.Length);
        Assert.False(received.Truncated);
        Assert.Equal([1, 2, 3], got[..3]);
        Assert.Equal(2, received.Fds.Count);
        Assert.All(received.Fds, f => Assert.True(Native.ClosesOnExec(f.Fd)));
        // In order, and the same files.
        EventFd.Signal(received.Fds[1].Fd).Ok();
        Assert.False(EventFd.Wait(first.Fd, 0));
        Assert.True(EventFd.Wait(second.Fd, 0));
    }

    [Fact]
    public void Bytes_travel_alone()
    {
        using Pair pair = new();
        Assert.Equal(1, FdMessage.Send(pair.Near.Fd, [7], [], out Errno errno));
        errno.Ok();
        byte[] got = new byte[1];
        using Received received = pair.Receive(got, 8);
        Assert.Equal(1, received.Length);
        Assert.Equal(7, got[0]);
        Assert.Empty(received.Fds);
        Assert.False(received.Truncated);
    }

    /// <summary>Room is exact, for even and odd numbers; what came is owned, the rest the kernel has dropped.</summary>
    [Theory]
    [InlineData(5, 0, 0, true)]
    [InlineData(5, 1, 1, true)]
    [InlineData(5, 2, 2, true)]
    [InlineData(5, 3, 3, true)]
    [InlineData(5, 4, 4, true)]
    [InlineData(5, 5, 5, false)]
    [InlineData(5, 6, 5, false)]
    [InlineData(2, 1, 1, true)]
    [InlineData(1, 1, 1, false)]
    [InlineData(0, 0, 0, false)]
    public void Surplus_descriptors_are_dropped_and_reported(int sent, int room, int expected, bool truncated)
    {
        using Pair pair = new();
        using OwnedFd one = Expect.NewEventFd();
        Assert.Equal(1, FdMessage.Send(pair.Near.Fd, [1], [.. Enumerable.Repeat(one.Fd, sent)], out _));
        using Received received = pair.Receive(new byte[1], room);
        Assert.Equal(expected, received.Fds.Count);
        Assert.Equal(truncated, received.Truncated);
        Assert.All(received.Fds, f => Assert.True(Native.IsOpen(f.Fd)));
    }

    [Fact]
    public void The_most_descriptors_of_one_message_travel()
    {
        using Pair pair = new();
        using OwnedFd one = Expect.NewEventFd();
        Assert.Equal(1, FdMessage.Send(pair.Near.Fd, [1], [.. Enumerable.Repeat(one.Fd, FdMessage.MaxFds)], out _));
        using Received received = pair.Receive(new byte[1], FdMessage.MaxFds);
        Assert.Equal(FdMessage.MaxFds, received.Fds.Count);
        Assert.Equal(FdMessage.MaxFds, received.Fds.DistinctBy(f => f.Fd).Count());
        Assert.False(received.Truncated);
    }

    [Fact]
    public void More_than_the_kernel_takes_is_a_mistake_of_the_caller()
    {
        using Pair pair = new();
        Assert.Throws<ArgumentOutOfRangeException>(() => FdMessage.Send(pair.Near.Fd, [1], new int[FdMessage.MaxFds + 1], out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => FdMessage.Receive(pair.Far.Fd, new byte[1], FdMessage.MaxFds + 1, [], out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => FdMessage.Receive(pair.Far.Fd, new byte[1], -1, [], out _, out _));
    }

    /// <summary>No header that programs can include has SCM_MAX_FD, so the kernel is asked.</summary>
    [Fact]
    public void The_kernel_refuses_one_descriptor_more_than_the_most()
    {
        using Pair pair = new();
        using OwnedFd one = Expect.NewEventFd();
        Assert.Equal(1, SendBare(pair.Near.Fd, [[.. Enumerable.Repeat(one.Fd, FdMessage.MaxFds)]]));
        Assert.Equal(-1, SendBare(pair.Near.Fd, [[.. Enumerable.Repeat(one.Fd, FdMessage.MaxFds + 1)]]));
        Assert.Equal(Errno.EINVAL, Errno.Last);
        using Received received = pair.Receive(new byte[2], FdMessage.MaxFds);
    }

    [Fact]
    public void Descriptors_in_several_control_messages_all_arrive()
    {
        using Pair pair = new();
        using OwnedFd one = Expect.NewEventFd();
        Assert.Equal(1, SendBare(pair.Near.Fd, [[one.Fd], [one.Fd, one.Fd, one.Fd], [one.Fd, one.Fd]]));
        using Received received = pair.Receive(new byte[1], 8);
        Assert.Equal(6, received.Fds.Count);
        Assert.False(received.Truncated);
    }

    /// <summary>A socket that was handed over by somebody else may have SO_PASSCRED set.</summary>
    [Theory]
    [InlineData(16, 3, false)]
    [InlineData(3, 0, true)]
    public void Other_control_messages_are_passed_over(int room, int expected, bool truncated)
    {
        using Pair pair = new();
        int on = 1;
        Assert.Equal(0, Native.setsockopt(pair.Far.Fd, Libc.SOL_SOCKET, Native.SO_PASSCRED, &on, sizeof(int)));
        using OwnedFd one = Expect.NewEventFd();
        Assert.Equal(1, FdMessage.Send(pair.Near.Fd, [1], [one.Fd, one.Fd, one.Fd], out _));
        using Received received = pair.Receive(new byte[1], room);
        Assert.Equal(expected, received.Fds.Count);
        Assert.Equal(truncated, received.Truncated);
    }

    /// <summary>
    /// What a reader of messages must know: the kernel glues bytes of two sends into one read even if the second has
    /// descriptors, so only a read that ends with its message tells whose they are; it never reads past their bytes.
    /// </summary>
    [Fact]
    public void A_long_read_glues_messages_up_to_the_next_descriptors()
    {
        using Pair pair = new();
        using OwnedFd one = Expect.NewEventFd();
        Assert.Equal(2, FdMessage.Send(pair.Near.Fd, [1, 2], [], out _));
        Assert.Equal(2, FdMessage.Send(pair.Near.Fd, [3, 4], [one.Fd], out _));
        Assert.Equal(2, FdMessage.Send(pair.Near.Fd, [5, 6], [one.Fd], out _));

        using Received exact = pair.Receive(new byte[2], 1);
        Assert.Equal((2, 0), (exact.Length, exact.Fds.Count));
        using Received second = pair.Receive(new byte[10], 8);
        Assert.Equal((2, 1), (second.Length, second.Fds.Count));

        Assert.Equal(2, FdMessage.Send(pair.Near.Fd, [7, 8], [], out _));
        Assert.Equal(2, FdMessage.Send(pair.Near.Fd, [9, 10], [one.Fd], out _));
        using Received third = pair.Receive(new byte[10], 8);
        Assert.Equal((2, 1), (third.Length, third.Fds.Count));
        using Received glued = pair.Receive(new byte[10], 8);
        Assert.Equal((4, 1), (glued.Length, glued.Fds.Count));
    }

    [Fact]
    public void A_peer_that_closed_is_a_length_of_zero()
    {
        using Pair pair = new();
        pair.Near.Dispose();
        using Received received = pair.Receive(new byte[1], 1);
        Assert.Equal(0, received.Length);
        Assert.False(received.Truncated);
        Assert.Equal(-1, FdMessage.Send(pair.Far.Fd, [1], [], out Errno errno));
        Assert.Equal(Errno.EPIPE, errno);
    }

    [Fact]
    public void Nothing_there_is_EAGAIN()
    {
        using Pair pair = new();
        Files.SetNonBlocking(pair.Far.Fd).Ok();
        Assert.Equal(-1, FdMessage.Receive(pair.Far.Fd, new byte[1], 1, [], out bool truncated, out Errno errno));
        Assert.Equal(Errno.EAGAIN, errno);
        Assert.False(truncated);
    }

    [Fact]
    public void A_closed_descriptor_cannot_be_sent()
    {
        using Pair pair = new();
        OwnedFd one = Expect.NewEventFd();
        int number = one.Fd;
        one.Dispose();
        Assert.Equal(-1, FdMessage.Send(pair.Near.Fd, [1], [number], out Errno errno));
        Assert.Equal(Errno.EBADF, errno);
    }

    [Fact]
    public void A_full_socket_takes_a_part_and_then_none()
    {
        using Pair pair = new();
        Files.SetNonBlocking(pair.Near.Fd).Ok();
        byte[] much = new byte[8 << 20];
        Assert.InRange(FdMessage.Send(pair.Near.Fd, much, [], out Errno errno), 1, much.Length - 1);
        errno.Ok();
        Assert.Equal(-1, FdMessage.Send(pair.Near.Fd, much, [], out errno));
        Assert.Equal(Errno.EAGAIN, errno);
    }

    /// <summary>One message with a control message per list, which <see cref="FdMessage.Send"/> never makes.</summary>
    private static nint SendBare(int socket, params int[][] lists)
    {
        byte* control = stackalloc byte[4096];
        nuint at = 0;
        foreach (int[] fds in lists)
        {
            CMsgHdr* c = (CMsgHdr*)(control + at);
            *c = new CMsgHdr { Length = (nuint)(sizeof(CMsgHdr) + (fds.Length * sizeof(int))), Level = Libc.SOL_SOCKET, Type = Libc.SCM_RIGHTS };
            fds.CopyTo(new Span<int>(c + 1, fds.Length));
            at += (c->Length + 7) & ~(nuint)7;
        }

        byte cell = 1;
        IoVec vector = new(&cell, 1);
        MsgHdr header = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = at };
        return Libc.sendmsg(socket, &header, Libc.MSG_NOSIGNAL);
    }

    private sealed class Pair : IDisposable
    {
        internal Pair() => (Near, Far) = Expect.NewPair();

        internal OwnedFd Near { get; }

        internal OwnedFd Far { get; }

        public void Dispose()
        {
            Near.Dispose();
            Far.Dispose();
        }

        internal Received Receive(byte[] buffer, int maxFds)
        {
            List<OwnedFd> fds = [];
            nint n = FdMessage.Receive(Far.Fd, buffer, maxFds, fds, out bool truncated, out Errno errno);
            errno.Ok();
            return new Received((int)n, fds, truncated);
        }
    }

    private sealed record Received(int Length, List<OwnedFd> Fds, bool Truncated) : IDisposable
    {
        public void Dispose() => Fds.ForEach(f => f.Dispose());
    }
}
