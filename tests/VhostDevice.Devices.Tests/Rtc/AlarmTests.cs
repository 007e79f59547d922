// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Rtc;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio.Devices;
using Xunit;

namespace VhostDevice.Devices.Tests.Rtc;

[Collection(DeviceCollection.Name)]
public sealed class AlarmTests : LeakChecked
{
    private const ulong Hour = 3600 * RtcFixture.Second;

    private readonly RtcClocks _clocks = RtcFixture.Clocks();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_alarm_goes_off_once_and_not_before_its_time(bool packed)
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(packed ? RtcFixture.Options.Packed() : RtcFixture.Options);
        (ushort, ulong) first = guest.Post(1, 16);
        _ = guest.Post(1, 16);
        ulong time = RtcFixture.Read(guest, 0) + (RtcFixture.Second / 20);
        RtcFixture.SetAlarm(guest, time, enabled: true);
        Assert.Equal((time, true), RtcFixture.Alarm(guest));
        Assert.Equal(0, RtcFixture.TakeReport(guest, first));
        Assert.True(RtcFixture.Read(guest, 0) >= time);
        // It stays enabled, and is not repeated.
        Assert.Equal((time, true), RtcFixture.Alarm(guest));
        Assert.False(guest.Queues[1].HasUsed);
    }

    [Fact]
    public void A_time_that_is_past_goes_off_at_once()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        RtcFixture.SetAlarm(guest, 1, enabled: false);
        (ushort, ulong)[] buffers = [guest.Post(1, 16), guest.Post(1, 16)];
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0], RtcFixture.Ask(guest, 0x1005, 0, 1, room: 8));
        Assert.Equal(0, RtcFixture.TakeReport(guest, buffers[0]));
        RtcFixture.SetAlarm(guest, 2, enabled: true);
        Assert.Equal(0, RtcFixture.TakeReport(guest, buffers[1]));
    }

    [Fact]
    public void A_report_waits_for_a_buffer_and_not_when_the_alarm_is_disabled()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        RtcFixture.SetAlarm(guest, 1, enabled: true);
        Assert.Equal(0, RtcFixture.TakeReport(guest, guest.Post(1, 16)));
        RtcFixture.SetAlarm(guest, 1, enabled: true);
        RtcFixture.SetAlarm(guest, 1, enabled: false);
        (ushort, ulong) buffer = guest.Post(1, 16);
        Assert.NotEqual(0ul, RtcFixture.Read(guest, 0));
        Assert.False(guest.Queues[1].HasUsed);
        RtcFixture.SetAlarm(guest, 1, enabled: true);
        Assert.Equal(0, RtcFixture.TakeReport(guest, buffer));
    }

    [Fact]
    public void A_buffer_that_is_too_small_goes_back_empty()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        (ushort id, _) = guest.Post(1, 15);
        RtcFixture.SetAlarm(guest, 1, enabled: true);
        UsedChain used = guest.Queues[1].Take();
        Assert.Equal((id, 0u), (used.Id, used.Length));
        RtcFixture.SetAlarm(guest, 1, enabled: true);
        Assert.Equal(0, RtcFixture.TakeReport(guest, guest.Post(1, 16)));
    }

    /// <summary>Somebody puts the clock forward, or has it go faster, and the time has come.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_alarm_follows_the_clock(bool isStep)
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        (ushort, ulong) buffer = guest.Post(1, 16);
        RtcFixture.SetAlarm(guest, RtcFixture.Read(guest, 0) + (isStep ? Hour : 20 * RtcFixture.Second), enabled: true);
        ulong monotonic = RtcFixture.Read(guest, 2);
        (isStep ? _clocks.Step((long)Hour) : _clocks.Go(1000)).Ok();
        Assert.Equal(0, RtcFixture.TakeReport(guest, buffer));
        if (isStep)
            Assert.InRange(RtcFixture.Read(guest, 2), monotonic, monotonic + Hour);
    }

    [Fact]
    public void A_clock_that_stands_still_has_no_alarm_go_off_until_it_is_set()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        (ushort, ulong) buffer = guest.Post(1, 16);
        _clocks.Go(0).Ok();
        ulong now = RtcFixture.Read(guest, 0);
        RtcFixture.SetAlarm(guest, now + 1, enabled: true);
        Assert.Equal(now, RtcFixture.Read(guest, 0));
        Assert.False(guest.Queues[1].HasUsed);
        _clocks.Step(1).Ok();
        Assert.Equal(0, RtcFixture.TakeReport(guest, buffer));
        Assert.Equal(now + 1, RtcFixture.Read(guest, 0));
    }

    [Fact]
    public void An_alarm_outlives_a_reset_and_a_connection()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using (FrontEndDevice guest = backEnd.Attach(RtcFixture.Options))
        {
            RtcFixture.SetAlarm(guest, RtcFixture.Read(guest, 0) + Hour, enabled: true);
            guest.Reset();
        }

        // It goes off while nobody is there.
        _clocks.Step((long)Hour).Ok();
        using FrontEndDevice next = backEnd.Attach(RtcFixture.Options);
        Assert.True(RtcFixture.Alarm(next).IsEnabled);
        Assert.Equal(0, RtcFixture.TakeReport(next, next.Post(1, 16)));
    }

    [Fact]
    public void The_state_has_the_alarms()
    {
        using RtcDevice source = new(_clocks);
        _clocks.AlarmOf(0).Time = 7;
        _clocks.AlarmOf(0).IsEnabled = _clocks.AlarmOf(0).IsPending = true;
        byte[] state = DeviceStateImage.Save(source);
        RtcClocks others = RtcFixture.Clocks();
        using RtcDevice target = new(others);
        Assert.True(DeviceStateImage.TryLoad(target, state, out string problem), problem);
        Assert.Equal((7ul, true, true), (others.AlarmOf(0).Time, others.AlarmOf(0).IsEnabled, others.AlarmOf(0).IsPending));
        using RtcDevice fewer = new(new RtcClocks([_clocks[0]], offersAlarms: true));
        Assert.False(DeviceStateImage.TryLoad(fewer, state, out problem));
        Assert.Contains("3 clocks, and 1 are here", problem, StringComparison.Ordinal);
    }

    /// <summary>Somebody sets the clock, and the guest leaves before the loop looks: a timer made then would stay open.</summary>
    [Fact]
    public void A_look_that_comes_after_the_end_makes_nothing()
    {
        using LoopThread thread = new();
        _clocks.AlarmOf(0).Time = long.MaxValue;
        _clocks.AlarmOf(0).IsEnabled = _clocks.AlarmOf(0).IsPending = true;
        RtcAlarms alarms = new(_clocks, thread.Loop, _ => Assert.Fail("not yet"));
        ProcessResources before = ProcessResources.Take();
        thread.Invoke(() =>
        {
            alarms.Dispose();
            alarms.Look();
        });
        Assert.Equal("", ProcessResources.LeftSince(before));
    }

    /// <summary>Put off, brought forward and put off again, it goes off once, at the last of its times.</summary>
    [Fact]
    public void An_alarm_that_is_put_off_goes_off_at_its_last_time()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        (ushort, ulong) buffer = guest.Post(1, 16);
        ulong now = RtcFixture.Read(guest, 0);
        RtcFixture.SetAlarm(guest, now + Hour, enabled: true);
        RtcFixture.SetAlarm(guest, now + (RtcFixture.Second / 50), enabled: true);
        RtcFixture.SetAlarm(guest, now + (RtcFixture.Second / 10), enabled: true);
        Assert.Equal(0, RtcFixture.TakeReport(guest, buffer));
        Assert.True(RtcFixture.Read(guest, 0) >= now + (RtcFixture.Second / 10));
    }

    /// <summary>However often an alarm is set, there is one timer.</summary>
    [Fact]
    public void Many_alarms_are_one_timer()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        RtcFixture.SetAlarm(guest, RtcFixture.Read(guest, 0) + Hour, enabled: true);
        ProcessResources before = ProcessResources.Take();
        for (ulong i = 0; i < 2000; i++)
            RtcFixture.SetAlarm(guest, RtcFixture.Read(guest, 0) + Hour - i, enabled: i % 3 > 0);
        Assert.Equal("", ProcessResources.LeftSince(before));
    }

    /// <summary>A timer that is set too early expires at once, is set again, and so on.</summary>
    [Theory]
    [InlineData(long.MinValue, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(100, 1)]
    [InlineData(101, 2)]
    [InlineData(long.MaxValue, (long.MaxValue / 100) + 1)]
    public void A_timer_is_not_set_too_early(long host, long ticks) =>
        Assert.Equal(ticks, (RtcAlarms.TimeOf(host) - DateTimeOffset.UnixEpoch).Ticks);

    [Fact]
    public void An_alarm_at_the_end_of_time_is_no_trouble()
    {
        using TestBackEnd<RtcDevice> backEnd = RtcFixture.Serve(_clocks);
        using FrontEndDevice guest = backEnd.Attach(RtcFixture.Options);
        foreach (ulong time in (ulong[])[ulong.MaxValue, (ulong)long.MaxValue + 1, long.MaxValue, long.MaxValue - 1])
        {
            RtcFixture.SetAlarm(guest, time, enabled: true);
            Assert.Equal((time, true), RtcFixture.Alarm(guest));
        }

        _ = guest.Post(1, 16);
        Assert.NotEqual(0ul, RtcFixture.Read(guest, 0));
        Assert.False(guest.Queues[1].HasUsed);
    }
}
