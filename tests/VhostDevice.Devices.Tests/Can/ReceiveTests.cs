// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>From the bus to the guest.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ReceiveTests : LeakChecked
{
    [Theory]
    [InlineData(0x7FF, 8, false, false, false, 0)]
    [InlineData(0x1FFF_FFFF, 0, true, false, false, CanGuest.Extended)]
    [InlineData(0x12, 64, false, false, true, CanGuest.Fd)]
    [InlineData(0x12, 3, false, true, false, CanGuest.Remote)]
    public void A_frame_arrives_as_it_is(uint id, int length, bool isExtended, bool isRemote, bool isFd, uint flags)
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        CanFrame frame = new(id, length, isExtended, isRemote, isFd);
        if (!isRemote)
            frame.Data.Fill(0x5A);
        Assert.True(bus.Guest!.TryReceive(frame));
        Assert.Equal(CanGuest.Received(id, frame.Data, flags), guest.Receive());
        Assert.Equal(1ul, guest.Statistics.Received);
    }

    [Fact]
    public void Only_the_buffers_that_are_needed_are_taken()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        ulong first = guest.Offer();
        ulong second = guest.Offer();
        Assert.True(bus.Guest!.TryReceive(new CanFrame(1, 0)));
        Assert.Equal(CanGuest.Received(1, []), guest.Take(first));
        Assert.True(bus.Guest!.TryReceive(new CanFrame(2, 0)));
        Assert.Equal(CanGuest.Received(2, []), guest.Take(second));
    }

    [Theory]
    [InlineData(24, 8, false, true)] // what a classic driver offers
    [InlineData(23, 8, false, false)]
    [InlineData(23, 7, false, true)]
    [InlineData(79, 64, true, false)]
    [InlineData(80, 64, true, true)]
    [InlineData(8, 0, false, false)]
    public void A_frame_that_does_not_fit_its_buffer_costs_that_frame(uint room, int length, bool isFd, bool fits)
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.True(bus.Guest!.TryReceive(new CanFrame(1, length, isFd: isFd)));
        Assert.Equal(fits ? 16 + length : 0, guest.Receive(room).Length);
        Assert.True(bus.Guest!.TryReceive(new CanFrame(2, 0)));
        Assert.Equal(CanGuest.Received(2, []), guest.Receive());
        Assert.Equal(fits ? 0ul : 1ul, guest.Statistics.TooSmall);
    }

    [Fact]
    public void A_buffer_may_be_in_pieces()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        CanFrame frame = new(0x12, 8);
        frame.Data.Fill(7);
        byte[] expected = CanGuest.Received(0x12, frame.Data);
        ulong at = guest.Front.Memory.Allocate(64);
        for (uint cut = 1; cut < 24; cut++)
        {
            guest.Front.Memory.Span(at, 64).Clear();
            guest.Front.Queues[1].Add(DriverBuffer.Writable(at, cut), DriverBuffer.Writable(at + cut, 24 - cut));
            guest.Front.Queues[1].Submit();
            Assert.True(bus.Guest!.TryReceive(frame));
            Assert.Equal(expected, guest.Take(at));
        }
    }

    [Theory]
    [InlineData(1, 2)] // classic alone: no FD, no remote frames
    [InlineData(2, 2)] // FD alone: nothing classic
    [InlineData(3, 1)]
    [InlineData(7, 0)]
    public void What_the_driver_has_no_use_for_is_dropped_and_counted(ulong features, ulong unsuitable)
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus, CanGuest.Options with { Features = (CanGuest.Options.Features & ~0xFFul) | features });
        guest.Start();
        Assert.True(bus.Guest!.TryReceive(new CanFrame(1, 1)));
        Assert.True(bus.Guest!.TryReceive(new CanFrame(2, 1, isFd: true)));
        Assert.True(bus.Guest!.TryReceive(new CanFrame(3, 1, isRemote: true)));
        Assert.Equal(unsuitable, guest.Statistics.Unsuitable);
        for (ulong i = unsuitable; i < 3; i++)
            Assert.Equal(17, guest.Receive().Length);
    }

    [Fact]
    public void What_waits_for_a_slow_guest_is_bounded_and_the_rest_is_counted()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        uint kept = 0;
        while (bus.Guest!.HasRoom)
        {
            Assert.True(bus.Guest.TryReceive(new CanFrame(kept++ & 0x7FF, 0)));
            Assert.InRange(kept, 1u, 1u << 16);
        }

        Assert.False(bus.Guest.TryReceive(new CanFrame(0, 0)));
        Assert.Equal(1ul, guest.Statistics.Dropped);
        for (uint i = 0; i < kept; i++)
            Assert.Equal(CanGuest.Received(i & 0x7FF, []), guest.Receive());
        Assert.True(bus.Guest.HasRoom);
    }

    [Fact]
    public void A_stop_forgets_what_was_not_received()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.True(bus.Guest!.TryReceive(new CanFrame(1, 0)));
        guest.Stop();
        guest.Start();
        Assert.True(bus.Guest!.TryReceive(new CanFrame(2, 0)));
        Assert.Equal(CanGuest.Received(2, []), guest.Receive());
    }

    [Fact]
    public void A_buffer_that_the_device_may_not_write_costs_that_frame()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.True(bus.Guest!.TryReceive(new CanFrame(1, 0)));
        Assert.Empty(guest.Front.Request(1, new byte[80], 0));
        Assert.True(bus.Guest!.TryReceive(new CanFrame(2, 0)));
        Assert.Equal(CanGuest.Received(2, []), guest.Receive());
    }
}
