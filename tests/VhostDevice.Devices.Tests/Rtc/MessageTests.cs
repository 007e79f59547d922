// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Rtc;
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
