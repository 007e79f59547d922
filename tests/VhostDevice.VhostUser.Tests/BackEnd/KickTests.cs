// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>The descriptors that wake the back-end.</summary>
[Collection(BackEndCollection.Name)]
public sealed class KickTests : LeakChecked
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_eventfd_kicks_whether_or_not_it_blocks(bool nonBlocking)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        using OwnedFd kick = Expect.NewEventFd(nonBlocking);
        front.Connection.SetVringKick(0, kick).ThrowIfNegative();
        for (int i = 0; i < 10; i++)
            Request(front, () => EventFd.Signal(kick.Fd).Ok());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(1)]
    [InlineData(1000)]
    public void A_pipe_kicks_and_is_emptied(int bytes)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        using (write)
        {
            using (read)
                front.Connection.SetVringKick(0, read).ThrowIfNegative();
            for (int i = 0; i < 200; i++)
                Request(front, () => Expect.Write(write, new byte[bytes]));
        }

        // Its end is no kick, and no reason to spin.
        AssertIdle(backEnd);
        using OwnedFd kick = Expect.NewEventFd();
        front.Connection.SetVringKick(0, kick).ThrowIfNegative();
        Request(front, () => EventFd.Signal(kick.Fd).Ok());
    }

    [Fact]
    public void A_kick_descriptor_with_a_kick_in_it_already_counts()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        using OwnedFd kick = Expect.NewEventFd();
        EventFd.Signal(kick.Fd).Ok();
        Request(front, () => front.Connection.SetVringKick(0, kick).ThrowIfNegative());
    }

    [Fact]
    public void Without_a_descriptor_the_ring_is_polled()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        front.Connection.SetVringKick(0, null).ThrowIfNegative();
        for (int i = 0; i < 10; i++)
            Request(front, static () => { });
        _ = front.Connection.GetVringBase(0);
        AssertIdle(backEnd);
    }

    [Fact]
    public void Busy_polling_serves_without_kicks()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), pollTime: TimeSpan.FromMilliseconds(1));
        using FrontEndDevice front = backEnd.Attach();
        for (int i = 0; i < 200; i++)
            Assert.Equal([(byte)i], front.Request(0, [(byte)i], 1));
    }

    [Fact]
    public void A_ring_stopped_is_not_woken_by_its_former_kick()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        _ = front.Connection.GetVringBase(0);
        front.Queues[0].Add(DriverBuffer.Writable(front.Memory.Allocate(4), 4));
        front.Queues[0].Publish();
        front.Queues[0].Kick();
        backEnd.Settle();
        Assert.False(front.Queues[0].HasUsed);
    }

    private static void Request(FrontEndDevice front, Action kick)
    {
        front.Queues[0].Add(DriverBuffer.Writable(front.Memory.Regions[0].GuestAddress + 0x8000, 4));
        front.Queues[0].Publish();
        kick();
        _ = front.Queues[0].Take();
    }

    // The loop's thread sleeps: its time on a CPU stands still while the test's own goes on.
    private static void AssertIdle(TestBackEnd<EchoDevice> backEnd)
    {
        _ = backEnd.ConnectionCount;
        backEnd.Thread.AssertIdle();
    }
}
