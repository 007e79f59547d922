// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>The descriptors that the back-end signals. Whatever they are, the loop never waits for them.</summary>
[Collection(BackEndCollection.Name)]
public sealed class CallTests : LeakChecked
{
    // Without EVENT_IDX every batch interrupts.
    private static readonly FrontEndDeviceOptions s_options =
        TestOptions.Small with { Features = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_eventfd_counts_interrupts_and_may_be_full(bool nonBlocking)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_options);
        using OwnedFd call = Expect.NewEventFd(nonBlocking);
        front.Connection.SetVringCall(0, call).ThrowIfNegative();
        Request(front);
        Expect.Readable(call, "interrupt");
        EventFd.Consume(call.Fd, out ulong count).Ok();
        Assert.Equal(1UL, count);
        Expect.Write(call, BitConverter.GetBytes(ulong.MaxValue - 1)); // the largest value: one more would wait
        Request(front);
        Request(front);
        EventFd.Consume(call.Fd, out count).Ok();
        Assert.Equal(ulong.MaxValue - 1, count);
        Assert.Equal(nonBlocking, Files.IsNonBlocking(call.Fd)); // the front-end's own setting
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pipe_gets_eight_bytes_for_each_interrupt_and_may_be_full(bool nonBlocking)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_options);
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking);
        using (read)
        {
            using (write)
                front.Connection.SetVringCall(0, write).ThrowIfNegative();
            Request(front);
            Expect.Readable(read, "interrupt");
            Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0], Expect.ReadSome(read));
            for (int i = 0; i < 65536 / 8 + 10; i++)
                Request(front);
            int bytes = 0;
            while (EventFd.Wait(read.Fd, 0))
                bytes += Expect.ReadSome(read, 65536).Length;
            Assert.Equal(65536, bytes);
        }

        Request(front); // the reader is gone
        Payloads.AssertServed(front.Connection);
    }

    /// <summary>User Mode Linux hands over sockets where notifications are not in-band.</summary>
    [Fact]
    public void A_socket_gets_eight_bytes_for_each_interrupt_and_may_be_full()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_options);
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using (ours)
        {
            using (theirs)
                front.Connection.SetVringCall(0, theirs).ThrowIfNegative();
            Request(front);
            Expect.Readable(ours, "interrupt");
            Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0], Expect.ReadSome(ours));
            for (int i = 0; i < 1000; i++)
                Request(front);
            Expect.Readable(ours, "interrupts");
        }

        Request(front); // the reader is gone
        Payloads.AssertServed(front.Connection);
        backEnd.Thread.AssertIdle();
    }

    [Fact]
    public void An_interrupt_that_nobody_could_be_told_is_told_as_soon_as_there_is_a_descriptor()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_options);
        // Started with SET_VRING_KICK, a ring may be served before SET_VRING_CALL comes.
        front.Connection.SetVringCall(0, null).ThrowIfNegative();
        Request(front);
        using OwnedFd call = Expect.NewEventFd();
        front.Connection.SetVringCall(0, call).ThrowIfNegative();
        Expect.Readable(call, "the interrupt of before");
        EventFd.Consume(call.Fd, out ulong count).Ok();
        Assert.Equal(1UL, count);
        // Only once, and not without a reason.
        using OwnedFd another = Expect.NewEventFd();
        front.Connection.SetVringCall(0, another).ThrowIfNegative();
        Assert.False(EventFd.Wait(another.Fd, 0));
    }

    [Fact]
    public void The_descriptor_is_replaced_or_taken_away_while_the_ring_runs()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_options);
        using OwnedFd first = Expect.NewEventFd();
        using OwnedFd second = Expect.NewEventFd();
        front.Connection.SetVringCall(0, first).ThrowIfNegative();
        front.Connection.SetVringCall(0, second).ThrowIfNegative();
        Request(front);
        Expect.Readable(second, "interrupt");
        front.Connection.SetVringCall(0, null).ThrowIfNegative();
        Request(front);
        EventFd.Consume(second.Fd, out ulong count).Ok();
        Assert.Equal(1UL, count);
        Assert.Equal(Errno.EAGAIN, EventFd.Consume(first.Fd, out _));
    }

    [Theory]
    [InlineData("/proc/self/exe")]
    [InlineData("/tmp")]
    [InlineData("/dev/zero")]
    public void What_cannot_be_signalled_is_refused(string path)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_options);
        using OwnedFd file = Expect.Open(path);
        Assert.True(front.Connection.SetVringCall(0, file).IsNegative);
        Assert.True(front.Connection.SetVringErr(0, file).IsNegative);
        Assert.True(front.Connection.SetVringKick(0, file).IsNegative);
        // All three are as they were.
        Assert.Equal([1], front.Request(0, [1], 1));
        Assert.True(front.Queues[0].Notifier!.TakeCalls() > 0);
    }

    [Fact]
    public void An_epoll_descriptor_does_no_harm()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_options);
        using OwnedFd epoll = SpecialFiles.NewEpoll();
        _ = front.Connection.SetVringCall(0, epoll);
        _ = front.Connection.SetVringErr(0, epoll);
        _ = front.Connection.SetVringKick(0, epoll);
        Payloads.AssertServed(front.Connection);
    }

    [Fact]
    public void In_band_calls_and_kicks_need_no_descriptors()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2) with { Notifications = QueueNotifications.InBand });
        for (byte i = 0; i < 50; i++)
            Assert.Equal([i], front.Request(i & 1, [i], 1));
        BackEndChannel channel = front.Connection.BackEndChannel!;
        // Rings that other loops serve hand their calls to the channel's.
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                channel.Pump();
                return channel.Calls(0) > 0 && channel.Calls(1) > 0;
            },
            LoopThread.Patience));
    }

    [Fact]
    public void An_in_band_kick_is_acknowledged_after_it_was_served()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_options with { Notifications = QueueNotifications.InBand });
        front.Queues[0].Add(DriverBuffer.Writable(front.Memory.Allocate(4), 4));
        front.Queues[0].Publish();
        Assert.True(front.Connection.VringKick(0).IsPositive);
        Assert.True(front.Queues[0].HasUsed);
    }

    // Polls for the answer, so that the interrupt stays where it is.
    private static void Request(FrontEndDevice front)
    {
        DriverQueue queue = front.Queues[0];
        queue.Add(DriverBuffer.Writable(front.Memory.Regions[0].GuestAddress + 0x8000, 4));
        queue.Submit();
        Assert.True(queue.SpinForUsed(LoopThread.Patience));
        Assert.True(queue.TryPop(out _));
        Payloads.AssertServed(front.Connection); // the turn is over, its interrupt sent
    }
}
