// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>What host and guest tell each other about ports.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ControlTests : LeakChecked
{
    [Theory]
    [InlineData(0, 132, 0, 43)]
    [InlineData(1, 43, 0, 132)]
    public void A_console_is_introduced_in_the_order_that_drivers_expect(int order, byte first, byte second, byte third)
    {
        using ConsoleGuest guest = new(1, (ResizeOrder)order, ends: new TestEnd());
        guest.Thread.Invoke(() => guest.Table[0]!.Resize(new WindowSize(132, 43)));
        guest.OfferControl();
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        Assert.Equal(ConsoleGuest.Message(0, 1, 1), guest.Hear());
        Assert.True(guest.HearsNothing());
        guest.Tell(0, 3, 1);
        Assert.Equal(ConsoleGuest.Message(0, 4, 1), guest.Hear());
        Assert.Equal(ConsoleGuest.Name(0, "console0"), guest.Hear());
        Assert.Equal(ConsoleGuest.Message(0, 5, 1, first, second, third, 0), guest.Hear());
        Assert.Equal(ConsoleGuest.Message(0, 6, 1), guest.Hear());
        Assert.True(guest.HearsNothing());
    }

    [Fact]
    public void A_channel_for_programs_is_open_while_somebody_is_there()
    {
        TestEnd end = new(isOpen: false);
        using ConsoleGuest guest = new(1);
        guest.Add("agent", isConsole: false, end);
        guest.OfferControl();
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        Assert.Equal(ConsoleGuest.Message(0, 1, 1), guest.Hear());
        guest.Tell(0, 3, 1);
        Assert.Equal(ConsoleGuest.Name(0, "agent"), guest.Hear());
        Assert.True(guest.HearsNothing());
        guest.Thread.Invoke(() => end.SetOpen(true));
        Assert.Equal(ConsoleGuest.Message(0, 6, 1), guest.Hear());
        guest.Thread.Invoke(() => end.SetOpen(false));
        Assert.Equal(ConsoleGuest.Message(0, 6, 0), guest.Hear());
        Assert.True(guest.HearsNothing());
    }

    [Fact]
    public void Somebody_who_left_and_came_while_the_guest_did_not_listen_is_told_as_both_and_nothing_piles_up()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1);
        guest.Add("agent", isConsole: false, end);
        guest.OfferControl(3);
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        _ = guest.Hear();
        guest.Tell(0, 3, 1);
        _ = guest.Hear();
        Assert.Equal(ConsoleGuest.Message(0, 6, 1), guest.Hear());
        for (int i = 0; i < 1000; i++)
        {
            guest.Thread.Invoke(() => end.SetOpen(false));
            guest.Thread.Invoke(() => end.SetOpen(true));
        }

        guest.OfferControl();
        Assert.Equal(ConsoleGuest.Message(0, 6, 0), guest.Hear());
        Assert.Equal(ConsoleGuest.Message(0, 6, 1), guest.Hear());
        Assert.True(guest.HearsNothing());
    }

    [Fact]
    public void Ports_come_and_go_while_the_guest_runs()
    {
        using ConsoleGuest guest = new(3, ends: new TestEnd());
        guest.Open(0);
        TestEnd end = new();
        ConsolePort port = guest.Add("agent", isConsole: false, end);
        Assert.Equal(ConsoleGuest.Message(1, 1, 1), guest.Hear());
        guest.Tell(1, 3, 1);
        Assert.Equal(ConsoleGuest.Name(1, "agent"), guest.Hear());
        Assert.Equal(ConsoleGuest.Message(1, 6, 1), guest.Hear());
        guest.Tell(1, 6, 1);
        guest.Write(1, [1, 2, 3]);
        Assert.Equal([1, 2, 3], guest.Thread.Invoke(() => end.Written.ToArray()));
        guest.Thread.Invoke(() => guest.Table.Remove(port));
        Assert.True(end.IsDisposed);
        guest.OfferControl(6);
        Assert.Equal(ConsoleGuest.Message(1, 2, 0), guest.Hear());
        // Whatever the driver writes there is thrown away.
        guest.Write(1, [4]);
        guest.Add("other", isConsole: true, new TestEnd());
        Assert.Equal(ConsoleGuest.Message(1, 1, 1), guest.Hear());
    }

    [Fact]
    public void A_port_that_goes_and_another_that_comes_unseen_are_told_in_this_order()
    {
        using ConsoleGuest guest = new(1, ends: new TestEnd());
        guest.OfferControl(1);
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        _ = guest.Hear();
        guest.Thread.Invoke(() => guest.Table.Remove(guest.Table[0]!));
        guest.Add("other", isConsole: true, new TestEnd());
        guest.OfferControl();
        Assert.Equal(ConsoleGuest.Message(0, 2, 0), guest.Hear());
        Assert.Equal(ConsoleGuest.Message(0, 1, 1), guest.Hear());
    }

    [Theory]
    [InlineData(0u, 1, 1)]
    [InlineData(0u, 4, 1)]
    [InlineData(0u, 5, 1)]
    [InlineData(0u, 7, 1)]
    [InlineData(0u, 0xFFFF, 1)]
    [InlineData(1u, 3, 1)] // no such port
    [InlineData(0xFFFFFFFFu, 6, 1)]
    [InlineData(0x80000000u, 3, 0)]
    public void A_message_that_makes_no_sense_costs_that_message(uint port, ushort what, ushort value)
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(2, ends: end);
        guest.Open(0);
        guest.Tell(port, what, value);
        Assert.True(guest.HearsNothing());
        guest.Write(0, [7]);
        Assert.Equal([7], guest.Thread.Invoke(() => end.Written.ToArray()));
        Assert.Single(guest.Log.Lines, static l => l.Text.Contains("makes no sense", StringComparison.Ordinal));
    }

    [Fact]
    public void Half_a_message_and_a_buffer_of_the_wrong_direction_go_back_and_the_queue_goes_on()
    {
        using ConsoleGuest guest = new(1, ends: new TestEnd());
        Assert.Empty(guest.Front.Request(3, new byte[7], 0));
        Assert.Empty(guest.Front.Request(3, [], 8));
        // The message that would go there is lost.
        guest.Front.Queues[2].Add(DriverBuffer.Readable(guest.Front.Memory.Allocate(8), 8));
        guest.Front.Queues[2].Submit();
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        Assert.Equal(0u, guest.Front.Queues[2].Take().Length);
        guest.OfferControl();
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        Assert.Equal(ConsoleGuest.Message(0, 1, 1), guest.Hear());
    }

    [Fact]
    public void A_message_that_does_not_fit_its_buffer_costs_that_message()
    {
        using ConsoleGuest guest = new(1, ends: new TestEnd());
        guest.OfferControl(1);
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        _ = guest.Hear();
        guest.OfferControl(4, room: 8);
        guest.Tell(0, 3, 1);
        Assert.Equal(ConsoleGuest.Message(0, 4, 1), guest.Hear());
        Assert.Empty(guest.Hear());
        Assert.Equal(ConsoleGuest.Message(0, 6, 1), guest.Hear());
    }

    [Fact]
    public void Without_control_queues_there_is_one_port_whose_size_is_in_the_configuration()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, features: 1, ends: end);
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], guest.Front.ReadConfig(0, 12));
        guest.Thread.Invoke(() => guest.Table[0]!.Resize(new WindowSize(80, 25)));
        Assert.Equal([80, 0, 25, 0, 1, 0, 0, 0, 0, 0, 0, 0], guest.Front.ReadConfig(0, 12));
        ulong at = guest.Offer(0);
        guest.Thread.Invoke(() => end.Send("hello"u8));
        Assert.Equal("hello"u8, guest.Take(0, at));
        guest.Write(0, [1]);
        Assert.Equal([1], guest.Thread.Invoke(() => end.Written.ToArray()));
    }

    [Fact]
    public void An_emergency_is_written_through_the_configuration()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Front.Connection.SetConfig(8, [(byte)'!', 0, 0, 0]);
        guest.Front.Connection.SetConfig(8, [(byte)'?']);
        // The whole configuration as it was read.
        guest.Front.Connection.SetConfig(0, new byte[12]);
        _ = guest.Front.ReadConfig(0, 12);
        Assert.Equal("!?"u8, guest.Thread.Invoke(() => end.Written.ToArray()));
    }

    [Fact]
    public void Somebody_who_only_asks_what_there_is_takes_nothing_from_the_guest()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        using (FrontEndDevice other = guest.BackEnd.Negotiate(guest.Options))
            Assert.Equal(1, other.ReadConfig(4, 1)[0]);
        guest.BackEnd.WaitForConnections(1);
        guest.Write(0, [1]);
        ulong at = guest.Offer(0);
        guest.Thread.Invoke(() => end.Send([2]));
        Assert.Equal([2], guest.Take(0, at));
    }

    [Fact]
    public void A_driver_that_begins_again_is_told_everything_again()
    {
        TestEnd end = new();
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        guest.Reconnect();
        ulong at = guest.Offer(0);
        guest.Thread.Invoke(() => end.Send([9]));
        guest.BackEnd.Settle();
        // It has not opened the port.
        Assert.Equal(1, guest.Thread.Invoke(() => end.Input));
        guest.Open(0);
        Assert.Equal([9], guest.Take(0, at));
    }
}
