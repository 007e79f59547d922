// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Can;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Guests on a bus of this process.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SimulatedBusTests : LeakChecked
{
    private static readonly byte[] s_ok = [0];

    [Fact]
    public void All_others_get_what_one_sends()
    {
        SimulatedCanBus bus = new("a");
        using CanGuest first = new(bus), second = new(bus), third = new(bus);
        foreach (CanGuest guest in (CanGuest[])[first, second, third])
            guest.Start();
        ulong own = first.Offer();
        Assert.Equal(s_ok, first.Send(CanGuest.Frame(0x123, [1, 2])));
        Assert.Equal(CanGuest.Received(0x123, [1, 2]), second.Receive());
        Assert.Equal(CanGuest.Received(0x123, [1, 2]), third.Receive());
        // Not its own, but what another one sends.
        Assert.Equal(s_ok, second.Send(CanGuest.Frame(0x124, [])));
        Assert.Equal(CanGuest.Received(0x124, []), first.Take(own));
    }

    [Fact]
    public void Who_has_not_started_gets_nothing()
    {
        SimulatedCanBus bus = new("a");
        using CanGuest first = new(bus), second = new(bus);
        first.Start();
        Assert.Equal(s_ok, first.Send(CanGuest.Frame(1, [])));
        second.Start();
        Assert.Equal(s_ok, first.Send(CanGuest.Frame(2, [])));
        Assert.Equal(CanGuest.Received(2, []), second.Receive());
        second.Stop();
        Assert.Equal(s_ok, first.Send(CanGuest.Frame(3, [])));
        second.Start();
        Assert.Equal(s_ok, first.Send(CanGuest.Frame(4, [])));
        Assert.Equal(CanGuest.Received(4, []), second.Receive());
    }

    [Fact]
    public void Buses_are_apart()
    {
        using CanGuest first = new(new SimulatedCanBus("a")), second = new(new SimulatedCanBus("b"));
        first.Start();
        second.Start();
        Assert.Equal(s_ok, first.Send(CanGuest.Frame(1, [])));
        second.BackEnd.Settle();
        Assert.Equal(0ul, second.Statistics.Received + second.Statistics.Dropped);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_lost_on_the_way_to_a_guest_that_is_slow_to_receive(bool shared)
    {
        const int Frames = 10_000;
        SimulatedCanBus bus = new("a");
        using LoopThread thread = new();
        using CanGuest sender = new(bus, shared: shared ? thread : null), receiver = new(bus, shared: shared ? thread : null);
        sender.Start();
        receiver.Start();
        DriverQueue queue = sender.Front.Queues[0];
        ulong at = sender.Front.Memory.Allocate(20 * CanGuest.Size);
        int sent = 0, answered = 0;
        for (int received = 0; received < Frames; received++)
        {
            // As many as the ring has places for, but no faster than they are answered.
            while (sent < Frames && queue.FreeDescriptors >= 2)
            {
                ulong place = at + (ulong)(sent % CanGuest.Size * 20);
                byte[] frame = CanGuest.Frame((uint)(sent & 0x7FF), []);
                sender.Front.Memory.Write(place, frame);
                queue.Add(DriverBuffer.Readable(place, 16), DriverBuffer.Writable(place + 16, 1));
                sent++;
            }

            queue.Submit();
            byte[] got = receiver.Receive();
            Assert.Equal((uint)(received & 0x7FF), BinaryPrimitives.ReadUInt32LittleEndian(got.AsSpan(12)));
            while (queue.TryPop(out _))
                answered++;
        }

        for (; answered < Frames; answered++)
            queue.Take();
        Assert.Equal(0ul, receiver.Statistics.Dropped);
        Assert.Equal((ulong)Frames, sender.Statistics.Sent);
    }

    [Fact]
    public void A_guest_that_receives_nothing_holds_the_others_up_once()
    {
        SimulatedCanBus bus = new("a");
        using CanGuest sender = new(bus, patience: TimeSpan.FromMilliseconds(5)), deaf = new(bus), other = new(bus);
        foreach (CanGuest guest in (CanGuest[])[sender, deaf, other])
            guest.Start();
        int sent = 0;
        while (deaf.Statistics.Dropped < 10)
        {
            Assert.Equal(s_ok, sender.Send(CanGuest.Frame(1, [])));
            Assert.Equal(CanGuest.Received(1, []), other.Receive());
            Assert.InRange(++sent, 1, 1 << 16);
        }

        Assert.Equal(1ul, sender.Statistics.Late);
        // Once it receives again it is waited for again.
        for (ulong left = (ulong)sent - deaf.Statistics.Dropped; left > 0; left--)
            Assert.Equal(CanGuest.Received(1, []), deaf.Receive());
        Assert.Equal(s_ok, sender.Send(CanGuest.Frame(2, [])));
        Assert.Equal(CanGuest.Received(2, []), deaf.Receive());
        Assert.Equal(10ul, deaf.Statistics.Dropped);
    }

    [Fact]
    public void A_guest_that_leaves_holds_nobody_up()
    {
        SimulatedCanBus bus = new("a");
        using CanGuest sender = new(bus), deaf = new(bus);
        sender.Start();
        deaf.Start();
        ulong sent;
        do
        {
            sent = sender.Statistics.Sent;
            sender.Post(CanGuest.Frame(1, []));
            sender.BackEnd.Settle();
            while (sender.Front.Queues[0].TryPop(out _))
            {
            }
        }
        while (sender.Statistics.Sent > sent);
        Assert.True(sent > 0);
        deaf.Front.Dispose();
        Assert.Equal(1u, sender.Front.Queues[0].Take().Length);
        Assert.Equal(sent + 1, sender.Statistics.Sent);
    }
}
