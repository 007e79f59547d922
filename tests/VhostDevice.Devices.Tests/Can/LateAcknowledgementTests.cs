// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>VIRTIO_CAN_F_LATE_TX_ACK: frames that are answered when they were on the bus.</summary>
[Collection(DeviceCollection.Name)]
public sealed class LateAcknowledgementTests : LeakChecked
{
    private const ulong Late = 1 << 3;

    [Fact]
    public void It_is_offered_where_the_bus_confirms()
    {
        using CanGuest confirmed = new(new TestCanBus { ConfirmsSending = true }), other = new(new TestCanBus());
        Assert.Equal((Late, 0ul), (confirmed.Front.OfferedFeatures & Late, other.Front.OfferedFeatures & Late));
    }

    [Fact]
    public void A_frame_is_answered_when_it_was_on_the_bus()
    {
        TestCanBus bus = new() { ConfirmsSending = true };
        using CanGuest guest = new(bus);
        guest.Start();
        ulong[] results = guest.Post(CanGuest.Frame(1, []), CanGuest.Frame(2, []), CanGuest.Frame(3, []));
        guest.BackEnd.Settle();
        Assert.False(guest.Front.Queues[0].TryPop(out _));
        bus.Guest!.Confirm(wasSent: true);
        bus.Guest.Confirm(wasSent: false);
        Assert.Equal((0, 1), (guest.Result(results[0]), guest.Result(results[1])));
        Assert.False(guest.Front.Queues[0].TryPop(out _));
        bus.Guest.Confirm(wasSent: true);
        Assert.Equal(0, guest.Result(results[2]));
        // What nobody waits for changes nothing.
        bus.Guest.Confirm(wasSent: true);
        guest.BackEnd.Settle();
    }

    [Fact]
    public void A_guest_that_did_not_ask_for_it_is_answered_at_once()
    {
        TestCanBus bus = new() { ConfirmsSending = true };
        using CanGuest guest = new(bus, CanGuest.Options with { Features = CanGuest.Options.Features & ~Late });
        guest.Start();
        Assert.Equal([0], guest.Send(CanGuest.Frame(1, [])));
        bus.Guest!.Confirm(wasSent: true);
        Assert.Equal([0], guest.Send(CanGuest.Frame(1, [])));
    }

    [Fact]
    public void A_frame_that_is_never_confirmed_fails_and_what_is_said_of_it_later_is_not_taken_for_another()
    {
        TestCanBus bus = new() { ConfirmsSending = true };
        using CanGuest guest = new(bus, patience: TimeSpan.FromMilliseconds(5));
        guest.Start();
        Assert.Equal([1], guest.Send(CanGuest.Frame(1, [])));
        Assert.Equal(1ul, guest.Statistics.Failed);
        // The first of these is about the frame that failed.
        bus.Guest!.Confirm(wasSent: true);
        bus.ConfirmsAtOnce = true;
        Assert.Equal([0], guest.Send(CanGuest.Frame(2, [])));
    }

    [Fact]
    public void Stopping_the_controller_returns_what_is_not_confirmed()
    {
        TestCanBus bus = new() { ConfirmsSending = true };
        using CanGuest guest = new(bus);
        guest.Start();
        ulong[] results = guest.Post(CanGuest.Frame(1, []), CanGuest.Frame(2, []));
        guest.BackEnd.Settle();
        guest.Stop();
        Assert.Equal((1, 1), (guest.Result(results[0]), guest.Result(results[1])));
        guest.Start();
        bus.ConfirmsAtOnce = true;
        Assert.Equal([0], guest.Send(CanGuest.Frame(3, [])));
    }

    [Fact]
    public void A_guest_that_leaves_with_frames_on_their_way_is_followed_by_another()
    {
        TestCanBus bus = new() { ConfirmsSending = true };
        using CanGuest guest = new(bus, patience: TimeSpan.FromMilliseconds(50));
        guest.Start();
        guest.Post(CanGuest.Frame(1, []), CanGuest.Frame(2, []));
        guest.BackEnd.Settle();
        guest.Reconnect();
        guest.Start();
        bus.ConfirmsAtOnce = true;
        Assert.Equal([0], guest.Send(CanGuest.Frame(3, [])));
    }

    [Fact]
    public void On_a_bus_with_a_bit_rate_frames_arrive_and_are_answered()
    {
        using SimulatedCanBus bus = new("a", new CanBitRate(1_000_000, 1_000_000));
        using CanGuest one = new(bus), other = new(bus);
        one.Start();
        other.Start();
        Assert.Equal(Late, one.Front.OfferedFeatures & Late);
        for (uint i = 0; i < 40; i++)
        {
            Assert.Equal([0], one.Send(CanGuest.Frame(i, [1, 2])));
            Assert.Equal(CanGuest.Received(i, [1, 2]), other.Receive());
        }

        one.Post(CanGuest.Frame(1, [1]), CanGuest.Frame(2, [1]));
        one.Stop();
    }
}
