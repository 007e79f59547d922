// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>From the guest to the bus: what is sent, what is refused, and what a busy bus does.</summary>
[Collection(DeviceCollection.Name)]
public sealed class TransmitTests : LeakChecked
{
    private static readonly byte[] s_ok = [0];
    private static readonly byte[] s_notOk = [1];

    [Theory]
    [InlineData(0x7FF, 0, 8, "7ff#8:0102030405060708")]
    [InlineData(0, 0, 0, "0#0:")]
    [InlineData(0x800, CanGuest.Extended, 2, "800x#2:0102")]
    [InlineData(0x1FFF_FFFF, CanGuest.Extended, 1, "1fffffffx#1:01")]
    [InlineData(0x12, CanGuest.Fd, 12, "12f#12:0102030405060708090a0b0c")]
    [InlineData(0x12, CanGuest.Remote, 3, "12r#3:000000")]
    [InlineData(0x12, CanGuest.Remote | CanGuest.Extended, 0, "12xr#0:")]
    public void A_good_frame_reaches_the_bus_once(uint id, uint flags, int length, string expected)
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(id, Bytes(length), flags)));
        Assert.Equal(["start", expected], bus.Journal[^2..]);
        Assert.Equal((1ul, 0ul, 0ul), (guest.Statistics.Sent, guest.Statistics.Refused, guest.Statistics.Failed));
    }

    [Theory]
    [InlineData(0x800, 0, 1)] // 12 bits
    [InlineData(0x2000_0000, CanGuest.Extended, 1)] // 30 bits
    [InlineData(1, 0, 9)]
    [InlineData(1, 0, 40)]
    [InlineData(1, CanGuest.Remote, 9)]
    [InlineData(1, CanGuest.Fd, 9)]
    [InlineData(1, CanGuest.Fd, 62)]
    [InlineData(1, CanGuest.Fd, 65)]
    [InlineData(1, CanGuest.Fd, 80)]
    [InlineData(1, CanGuest.Fd | CanGuest.Remote, 8)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 0x1_0000, 1)]
    public void A_frame_that_makes_no_sense_costs_only_itself(uint id, uint flags, int length)
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(id, Bytes(length), flags)));
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(5, [9])));
        Assert.Equal(["start", "5#1:09"], bus.Journal[^2..]);
        Assert.Equal(0, guest.Status);
        Assert.Equal(1ul, guest.Statistics.Refused);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)] // of the data nothing
    [InlineData(23)] // all but the last byte
    public void A_frame_that_is_cut_short_is_refused(int bytes)
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(5, Bytes(8))[..bytes]));
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(5, Bytes(1))));
        Assert.Equal("5#1:01", bus.Journal[^1]);
    }

    [Theory]
    [InlineData(0x0101)]
    [InlineData(0)]
    public void Another_type_is_refused(ushort type)
    {
        using CanGuest guest = new(new TestCanBus());
        guest.Start();
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(5, [], type: type)));
    }

    [Fact]
    public void A_length_beyond_the_data_reads_nothing_else()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        foreach (int length in (int[])[2, 64, 65, 0xFFFF])
            Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(5, [1], CanGuest.Fd, length: length)));
        Assert.Equal("start", bus.Journal[^1]);
    }

    [Fact]
    public void Without_room_for_the_result_nothing_is_sent()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.Empty(guest.Front.Request(0, CanGuest.Frame(5, [1]), 0));
        Assert.Equal("start", bus.Journal[^1]);
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(5, [1])));
    }

    [Theory]
    [InlineData(2, false)] // FD alone
    [InlineData(1, true)] // classic alone
    [InlineData(3, false)] // both, without remote frames
    public void Only_what_the_driver_accepted_may_be_sent(ulong features, bool fdIsRefused)
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus, CanGuest.Options with { Features = (CanGuest.Options.Features & ~0xFFul) | features });
        guest.Start();
        Assert.Equal((features & 1) != 0 ? s_ok : s_notOk, guest.Send(CanGuest.Frame(1, [1])));
        Assert.Equal(fdIsRefused ? s_notOk : s_ok, guest.Send(CanGuest.Frame(1, [1], CanGuest.Fd)));
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(1, [], CanGuest.Remote)));
    }

    [Fact]
    public void An_interface_without_fd_is_said_to_have_none()
    {
        using CanGuest guest = new(new TestCanBus(takesFd: false));
        Assert.Equal(5ul, guest.Front.OfferedFeatures & 0xFF_FFFF);
        guest.Start();
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(1, [1], CanGuest.Fd)));
    }

    [Fact]
    public void A_frame_may_come_in_any_pieces()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        guest.Start();
        byte[] frame = CanGuest.Frame(0x123, Bytes(6));
        ulong at = guest.Front.Memory.Allocate(64);
        guest.Front.Memory.Write(at, frame);
        for (int cut = 1; cut < frame.Length; cut++)
        {
            guest.Front.Queues[0].Add(
                DriverBuffer.Readable(at, (uint)cut),
                DriverBuffer.Readable(at + (ulong)cut, (uint)(frame.Length - cut)),
                DriverBuffer.Writable(at + 40, 1),
                DriverBuffer.Writable(at + 48, 2));
            guest.Front.Queues[0].Submit();
            Assert.Equal(1u, guest.Front.Queues[0].Take().Length);
            Assert.Equal("123#6:010203040506", bus.Journal[^1]);
        }
    }

    [Fact]
    public void A_stopped_controller_sends_nothing()
    {
        TestCanBus bus = new();
        using CanGuest guest = new(bus);
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(1, [1])));
        guest.Start();
        guest.Stop();
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(1, [1])));
        Assert.DoesNotContain(bus.Journal, static j => j.Contains('#', StringComparison.Ordinal));
        Assert.Equal(2ul, guest.Statistics.Failed);
    }

    [Fact]
    public void A_bus_that_refuses_a_frame_costs_that_frame()
    {
        TestCanBus bus = new() { Answer = CanSend.Failed };
        using CanGuest guest = new(bus);
        guest.Start();
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(1, [1])));
        Assert.Equal(0, guest.Status);
        bus.Answer = CanSend.Sent;
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(1, [2])));
    }

    [Fact]
    public void Frames_wait_for_a_busy_bus_and_keep_their_order()
    {
        TestCanBus bus = new() { Answer = CanSend.Busy };
        using CanGuest guest = new(bus);
        guest.Start();
        ulong[] results = guest.Post(CanGuest.Frame(1, []), CanGuest.Frame(2, []), CanGuest.Frame(3, []));
        guest.BackEnd.Settle();
        Assert.False(guest.Front.Queues[0].HasUsed);
        bus.Answer = CanSend.Sent;
        foreach (ulong result in results)
            Assert.Equal(0, guest.Result(result));
        Assert.Equal(["1#0:", "2#0:", "3#0:"], bus.Journal[^3..]);
        Assert.Equal((3ul, 0ul), (guest.Statistics.Sent, guest.Statistics.Late));
    }

    [Fact]
    public void A_bus_that_stays_busy_fails_all_that_wait_after_one_deadline_and_works_again_later()
    {
        TestCanBus bus = new() { Answer = CanSend.Busy };
        using CanGuest guest = new(bus, patience: TimeSpan.FromMilliseconds(5));
        guest.Start();
        foreach (ulong result in guest.Post(CanGuest.Frame(1, []), CanGuest.Frame(2, []), CanGuest.Frame(3, [])))
            Assert.Equal(1, guest.Result(result));
        Assert.Equal((1ul, 3ul), (guest.Statistics.Late, guest.Statistics.Failed));
        bus.Answer = CanSend.Sent;
        Assert.Equal(s_ok, guest.Send(CanGuest.Frame(4, [])));
        // With its patience back.
        bus.Answer = CanSend.Busy;
        Assert.Equal(s_notOk, guest.Send(CanGuest.Frame(5, [])));
        Assert.Equal(2ul, guest.Statistics.Late);
    }

    [Fact]
    public void A_stop_returns_what_waits_for_the_bus()
    {
        TestCanBus bus = new() { Answer = CanSend.Busy };
        using CanGuest guest = new(bus);
        guest.Start();
        ulong[] results = guest.Post(CanGuest.Frame(1, []), CanGuest.Frame(2, []));
        guest.BackEnd.Settle();
        guest.Stop();
        foreach (ulong result in results)
            Assert.Equal(1, guest.Result(result));
    }

    [Fact]
    public void A_front_end_that_leaves_need_not_wait_for_the_bus()
    {
        TestCanBus bus = new() { Answer = CanSend.Busy };
        using CanGuest guest = new(bus);
        guest.Start();
        guest.Post(CanGuest.Frame(1, []));
        guest.BackEnd.Settle();
        Assert.Equal(3, guest.Front.Stop().Count);
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(1, count).Select(static i => (byte)i)];
}
