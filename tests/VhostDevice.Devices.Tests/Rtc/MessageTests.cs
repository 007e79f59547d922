// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Rtc;
using VhostDevice.Hosting.Daemon;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Rtc;

[Collection(DeviceCollection.Name)]
public sealed class MessageTests : LeakChecked
{
    private readonly RtcClocks _clocks = RtcFixture.Clocks();

    [Fact]
    public void The_clocks_are_those_of_the_host()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        Assert.Equal(1ul, guest.Features & 1);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0], guest.Request(0, [0, 0x10, 0, 0, 0, 0, 0, 0], 16));
        byte[] types = [3, 1, 2];
        for (ushort id = 0; id < 3; id++)
        {
            byte alarm = id == 0 ? (byte)1 : (byte)0;
            Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, types[id], 0, alarm, 0, 0, 0, 0, 0], RtcFixture.Ask(guest, 0x1001, id, room: 16));
        }

        ulong before = (ulong)(DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
        ulong utc = RtcFixture.Read(guest, 0);
        Assert.InRange(utc, before, before + (20 * RtcFixture.Second));
        // TAI is ahead by the leap seconds, if the host knows of them.
        Assert.InRange(RtcFixture.Read(guest, 1), utc, utc + (60 * RtcFixture.Second));
        Assert.InRange(RtcFixture.Read(guest, 2), 1ul, RtcFixture.Read(guest, 2));
    }

    // No such message, clock or counter; too short. Each time the head of an answer, whatever room there is.
    [Theory]
    [InlineData(2, 0x0003, 0, 0)]
    [InlineData(2, 0x0000, 0, 0)]
    [InlineData(2, 0x2000, 0, 0)]
    [InlineData(2, 0x1006, 0, 0)]
    [InlineData(2, 0x0002, 0, 1)]
    [InlineData(2, 0x1002, 0, 2)]
    [InlineData(2, 0x1002, 2, 0xff)]
    [InlineData(3, 0x0001, 3, 0)]
    [InlineData(3, 0x0002, 3, 0)]
    [InlineData(3, 0x1001, 0xffff, 0)]
    [InlineData(3, 0x1002, 3, 0)]
    [InlineData(3, 0x1003, 3, 0)]
    [InlineData(3, 0x1003, 1, 0)]
    [InlineData(3, 0x1005, 2, 1)]
    public void What_cannot_be_done_is_said(byte expected, ushort type, ushort clock, byte ninth)
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        Assert.Equal([expected, 0, 0, 0, 0, 0, 0, 0], RtcFixture.Ask(guest, type, clock, ninth));
        Assert.NotEqual(0ul, RtcFixture.Read(guest, 0));
    }

    [Fact]
    public void A_counter_that_is_known_is_not_supported() =>
        With(static guest => Assert.All(new byte[] { 0, 1 }, c => Assert.Equal(new byte[16], RtcFixture.Ask(guest, 0x1002, 0, c, room: 16))));

    /// <summary>The guest's counter is the host's and a thousand more; each look at it takes ten cycles.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_counter_whose_relation_is_known_is_read_with_a_clock(byte counter)
    {
        ulong now = 5000;
        RtcClocks clocks = RtcFixture.Clocks(counter: new GuestCounter((CounterKind)counter, () => now += 10, 1000));
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        Assert.Equal(1, RtcFixture.Ask(guest, 0x1002, 0, counter, room: 16)[8]);
        Assert.Equal(0, RtcFixture.Ask(guest, 0x1002, 0, (byte)(1 - counter), room: 16)[8]);
        Assert.Equal(2, RtcFixture.Ask(guest, 0x0002, 0, (byte)(1 - counter))[0]);
        Assert.Equal(3, RtcFixture.Ask(guest, 0x0002, 9, counter)[0]);
        ulong before = RtcFixture.Read(guest, 2);
        byte[] answer = RtcFixture.Ask(guest, 0x0002, 2, counter);
        Assert.Equal((0, 24), (answer[0], answer.Length));
        Assert.InRange(BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(8)), before, RtcFixture.Read(guest, 2));
        // The middle of the first two looks, at 5010 and 5020.
        Assert.Equal(6015ul, BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(16)));
        Assert.Equal([4, 0, 0, 0, 0, 0, 0, 0], RtcFixture.Ask(guest, 0x0002, 2, counter, room: 23)[..8]);
    }

    /// <summary>Clocks that follow a table of leap seconds, put to the middle of one.</summary>
    [Theory]
    [InlineData(LeapSmear.NoonLinear)]
    [InlineData(LeapSmear.UtcSls)]
    public void Smeared_leap_seconds_are_said_and_shown(LeapSmear smear)
    {
        LeapSeconds table = UtcScaleTests.Read("3644697600 36\n3692217600 37\n");
        HostTai tai = new(table);
        RtcClock utc = new(RtcClockType.UtcSmeared, tai, new UtcScale(table, smear), smear);
        RtcClocks clocks = new([utc, new RtcClock(tai)], offersAlarms: true);
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        Assert.Equal([3, (byte)smear, 1], RtcFixture.Ask(guest, 0x1001, 0, room: 16)[8..11]);
        Assert.Equal([1, 0, 0], RtcFixture.Ask(guest, 0x1001, 1, room: 16)[8..11]);
        clocks.Go(0).Ok();
        // Each stops when its turn comes.
        Assert.InRange(RtcFixture.Read(guest, 1) - RtcFixture.Read(guest, 0), 37 * RtcFixture.Second, 38 * RtcFixture.Second);
        // A minute before the end of 2016: 23:59:00 by the smeared clock.
        const ulong Shown = 1_483_228_740UL * 1_000_000_000;
        clocks.Set((long)Shown).Ok();
        Assert.Equal(Shown, RtcFixture.Read(guest, 0));
        ulong ahead = RtcFixture.Read(guest, 1) - Shown;
        // Of the second that is inserted, half is over at noon-linear's midnight, and all of it at UTC-SLS's.
        ulong expected = smear == LeapSmear.NoonLinear ? 36_499_305_556UL : 36_939_939_940UL;
        Assert.InRange(ahead, expected - 1, expected + (RtcFixture.Second / 100));
        // An alarm at a time that it shows goes off when it shows it.
        RtcFixture.SetAlarm(guest, Shown + 1, enabled: true);
        Assert.False(guest.Queues[1].HasUsed);
        (ushort, ulong) buffer = guest.Post(1, 16);
        clocks.Go(1).Ok();
        Assert.Equal(0, RtcFixture.TakeReport(guest, buffer));
        Assert.True(RtcFixture.Read(guest, 0) > Shown);
    }

    /// <summary>The clock stands at the last time that there is, and with leap seconds shows less than that.</summary>
    [Fact]
    public void What_is_behind_the_end_of_time_never_comes()
    {
        LeapSeconds table = UtcScaleTests.Read("3644697600 36\n3692217600 37\n");
        RtcClock clock = new(RtcClockType.UtcSmeared, new HostTai(table), new UtcScale(table, LeapSmear.UtcSls), LeapSmear.UtcSls);
        Assert.True(clock.ReadHost(out long host).IsSuccess);
        Assert.NotNull(clock.RealtimeWhen(4_000_000_000_000_000_000));
        clock.Time.Step(host, long.MaxValue);
        Assert.NotNull(clock.RealtimeWhen(long.MaxValue - (37 * (long)RtcFixture.Second)));
        Assert.Null(clock.RealtimeWhen(long.MaxValue - (36 * (long)RtcFixture.Second)));
        Assert.Null(clock.RealtimeWhen(long.MaxValue));
    }

    [Theory]
    [InlineData(0x1000, 7, 16)]
    [InlineData(0x0001, 15, 16)]
    [InlineData(0x0001, 16, 15)]
    [InlineData(0x1003, 16, 23)]
    [InlineData(0x1004, 23, 8)]
    [InlineData(0x0001, 1, 16)]
    public void What_is_too_short_is_invalid(ushort type, int length, uint room)
    {
        byte[] request = new byte[24];
        (request[0], request[1]) = ((byte)type, (byte)(type >> 8));
        With(guest => Assert.Equal([4, 0, 0, 0, 0, 0, 0, 0], guest.Request(0, request.AsSpan(0, length), room)));
    }

    // A status is better than nothing, and without room even for that the chain goes back.
    [Fact]
    public void A_small_room_gets_what_fits() => With(static guest =>
    {
        Assert.Equal([4, 0, 0], RtcFixture.Ask(guest, 1, 0, room: 3));
        Assert.Empty(RtcFixture.Ask(guest, 1, 0, room: 0));
        Assert.Equal(16, RtcFixture.Ask(guest, 1, 0, room: 100).Length);
    });

    [Fact]
    public void Without_the_feature_there_are_no_alarms()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.WithoutAlarm);
        Assert.Equal(0, RtcFixture.Ask(guest, 0x1001, 0, room: 16)[10]);
        Assert.Equal(3, RtcFixture.Ask(guest, 0x1003, 0)[0]);
        RtcFixture.SetAlarm(guest, 1, enabled: true, expected: 3);
        _ = guest.Post(1, 16);
        Assert.NotEqual(0ul, RtcFixture.Read(guest, 0));
        Assert.False(guest.Queues[1].HasUsed);
    }

    [Fact]
    public void Without_alarms_the_feature_is_not_offered()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(RtcFixture.Clocks(offersAlarms: false));
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        Assert.Equal(0ul, guest.OfferedFeatures & 1);
    }

    private void With(Action<FrontEndDevice> ask)
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        ask(guest);
        Assert.NotEqual(0ul, RtcFixture.Read(guest, 0));
    }
}
