// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Start, stop and bus-off; and what stays when guests pause, move and come again.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ControllerTests : LeakChecked
{
    private const ushort Start = 0x0201;
    private const ushort Stop = 0x0202;

    private static readonly byte[] s_ok = [0];
    private static readonly byte[] s_notOk = [1];

    [Fact]
    public void Starting_and_stopping_always_succeed()
    {
        using CanGuest guest = new(new TestCanBus());
        foreach (ushort message in (ushort[])[Stop, Start, Start, Stop, Stop, Start])
            Assert.Equal(s_ok, guest.Control(message));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x0203)]
    [InlineData(0x0001)]
    public void Another_message_is_refused(ushort message)
    {
        using CanGuest guest = new(new TestCanBus());
        Assert.Equal(s_notOk, guest.Control(message));
    }

    [Fact]
    public void A_message_without_its_parts_changes_nothing()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        int before = bus.Journal.Length;
        Assert.Equal(s_notOk, guest.Front.Request(2, [], 1));
        Assert.Equal(s_notOk, guest.Front.Request(2, [1], 1));
        Assert.Empty(guest.Front.Request(2, [1, 2], 0));
        Assert.Equal(before, bus.Journal.Length);
        Assert.Equal(s_ok, guest.Control(Start));
    }

    [Fact]
    public void Bus_off_is_in_bit_0_of_the_status_until_the_guest_starts_again()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.Equal(0, guest.Status);
        bus.Guest!.ReportBusOff();
        guest.BackEnd.Settle();
        Assert.Equal(1, guest.Status);
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(1, [])));
        guest.Start();
        Assert.Equal(0, guest.Status);
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(1, [])));
        Assert.Equal(1ul, guest.Statistics.BusOff);
    }

    [Fact]
    public void A_stop_after_bus_off_succeeds_and_clears_it()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        bus.Guest!.ReportBusOff();
        guest.BackEnd.Settle();
        guest.Stop();
        Assert.Equal(0, guest.Status);
    }

    [Fact]
    public void Bus_off_returns_what_waits_for_the_bus()
    {
        TestCanBus bus = new() { Answer = CanSend.Busy };
        using CanGuest guest = new(bus);
        guest.Start();
        ulong result = guest.Post(CanGuest.Frame(1, [])).Single();
        guest.BackEnd.Settle();
        bus.Guest!.ReportBusOff();
        Assert.Equal(1, guest.Result(result));
    }

    [Fact]
    public void A_controller_that_is_stopped_cannot_be_off_the_bus()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        bus.Guest!.ReportBusOff();
        guest.BackEnd.Settle();
        Assert.Equal(0, guest.Status);
        Assert.Equal(0ul, guest.Statistics.BusOff);
    }

    [Fact]
    public void The_next_guest_begins_with_a_stopped_controller()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        guest.Reconnect();
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(1, [])));
        guest.Start();
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(1, [])));
    }

    [Fact]
    public void A_pause_changes_nothing()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.True(bus.Guest!.TryReceive(new CanFrame(6, 0)));
        Assert.Equal(CanGuest.Received(6, []), guest.Receive());
        guest.Front.Stop();
        Assert.True(bus.Guest.TryReceive(new CanFrame(7, 0)));
        guest.Front.Start();
        Assert.Equal(CanGuest.Received(7, []), guest.Receive());
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(1, [])));
    }

    [Fact]
    public void A_guest_that_was_moved_goes_on()
    {
        System.Buffers.ArrayBufferWriter<byte> saved = new();
        using CanGuest first = new(new TestCanBus());
        first.Start();
        first.BackEnd.With(d => d.SaveState(saved));
        using CanGuest second = new(new TestCanBus());
        second.BackEnd.With(d => Assert.True(d.TryLoadState(1, saved.WrittenSpan, out _)));
        Assert.Equal(s_ok, second.Send(CanGuest.Frame(1, [])));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(0, 1)]
    public void A_state_that_is_none_is_refused(uint version, int length)
    {
        using CanGuest guest = new(new TestCanBus());
        guest.BackEnd.With(d => Assert.False(d.TryLoadState(version, new byte[length], out _)));
        guest.BackEnd.With(d => Assert.False(d.TryLoadState(1, [3], out _)));
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(1, [])));
    }
}
