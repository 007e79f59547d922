// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

[Collection(DeviceCollection.Name)]
public sealed class NotificationTests : LeakChecked
{
    private const byte Sensor = ScmiFixture.Sensor;

    private static readonly uint s_update = ScmiFixture.Header(Sensor, 1, 3, token: 0);
    private static readonly uint s_trip = ScmiFixture.Header(Sensor, 0, 3, token: 0);

    /// <summary>Readings that come by themselves, with one buffer at a time: all of them, in their order.</summary>
    [Fact]
    public void A_stream_arrives_whole_and_in_order()
    {
        TestSensor sensor = new("m", axes: 2, streams: true);
        using ScmiFixture scmi = new([new TestSensor("other"), sensor]);
        _ = scmi.Ask(Sensor, 0xb, 1, 1);
        Assert.Equal(0, sensor.ListenerCount);
        _ = scmi.Ask(Sensor, 0xa, 1, 3);
        scmi.Settle();
        Assert.Equal(["stream"], sensor.Journal.SkipWhile(static j => j == "still"));
        for (int i = 0; i < 100; i++)
            sensor.Stream(i, -i);
        for (int i = 0; i < 100; i++)
            Assert.Equal([s_update, 0, 1, (uint)i, 0, 77, 0, (uint)-i, i == 0 ? 0 : uint.MaxValue, 77, 0], scmi.Notice(scmi.Post(1)[0]));
        // Off: nothing is listened to, and nothing comes.
        _ = scmi.Ask(Sensor, 0xa, 1, 0);
        scmi.Settle();
        Assert.Equal((0, "still"), (sensor.ListenerCount, sensor.Journal[^1]));
    }

    [Fact]
    public void A_sensor_that_is_off_or_not_asked_for_reports_nothing()
    {
        TestSensor sensor = new("m", axes: 1, streams: true);
        using ScmiFixture scmi = new([sensor]);
        _ = scmi.Post(1);
        _ = scmi.Ask(Sensor, 0xa, 0, 1);
        scmi.Settle();
        Assert.Equal(0, sensor.ListenerCount);
        _ = scmi.Ask(Sensor, 0xb, 0, 1);
        _ = scmi.Ask(Sensor, 0xb, 0, 0);
        scmi.Settle();
        Assert.Equal(0, sensor.ListenerCount);
        Assert.Equal(["stream", "still"], sensor.Journal.SkipWhile(static j => j == "still"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sensor_that_does_not_stream_is_read_at_intervals(bool mayWait)
    {
        using HostCalls calls = new("sensor");
        TestSensor sensor = new("t", calls: mayWait ? calls : null) { Value = 3 };
        using ScmiFixture scmi = new([sensor], mayWait ? calls : null);
        (ushort, ulong)[] buffers = scmi.Post(3);
        _ = scmi.Ask(Sensor, 0xa, 0, (1 << 16) | (0x1eu << 11) | 1);
        _ = scmi.Ask(Sensor, 0xb, 0, 1);
        foreach ((ushort, ulong) buffer in buffers)
            Assert.Equal([s_update, 0, 0, 3, 0, 0, 0], scmi.Notice(buffer));
    }

    [Fact]
    public void Trip_points_report_crossings_in_their_directions()
    {
        TestSensor sensor = new("t") { Value = 20_000 };
        using ScmiFixture scmi = new([sensor]);
        _ = scmi.Ask(Sensor, 5, 0, 1, 50_000, 0); // 0: rising
        _ = scmi.Ask(Sensor, 5, 0, (1 << 4) | 2, 30_000, 0); // 1: falling
        _ = scmi.Ask(Sensor, 5, 0, (3 << 4) | 3, unchecked((uint)-10_000), uint.MaxValue); // 3: both
        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(Sensor, 5, 0, (4 << 4) | 3, 0, 0));
        sensor.Value = 60_000; // nobody asked
        sensor.Value = 20_000;
        _ = scmi.Ask(Sensor, 4, 0, 1);
        scmi.Settle();
        (ushort, ulong)[] buffers = scmi.Post(5);
        Move(60_000, -20_000, 0);
        Assert.Equal([s_trip, 0, 0, 1u << 16], scmi.Notice(buffers[0]));
        Assert.Equal([s_trip, 0, 0, 1u], scmi.Notice(buffers[1]));
        Assert.Equal([s_trip, 0, 0, 3u], scmi.Notice(buffers[2]));
        Assert.Equal([s_trip, 0, 0, (1u << 16) | 3], scmi.Notice(buffers[3]));
        _ = scmi.Ask(Sensor, 4, 0, 0);
        scmi.Settle();
        Move(60_000);
        Assert.False(scmi.Guest.Queues[1].HasUsed);

        void Move(params long[] values)
        {
            foreach (long value in values)
            {
                sensor.Value = value;
                scmi.Settle();
            }
        }
    }

    /// <summary>What happened is never replaced by what happened later; beyond a bound it is lost, and counted.</summary>
    [Fact]
    public void A_guest_without_buffers_costs_a_bounded_number_of_reports()
    {
        TestSensor sensor = new("m", axes: 1, streams: true);
        using ScmiFixture scmi = new([sensor]);
        _ = scmi.Ask(Sensor, 0xb, 0, 1);
        _ = scmi.Ask(Sensor, 0xa, 0, 1);
        scmi.Settle();
        for (int i = 0; i < 1000; i++)
            sensor.Stream(i);
        scmi.Settle();
        Assert.InRange(scmi.Agent.Statistics.Lost, 1000ul - 513, 1000ul - 511);
        Assert.Equal(0u, scmi.Notice(scmi.Post(1)[0])[3]);
    }

    [Fact]
    public void A_buffer_that_is_too_small_goes_back_empty_and_the_next_report_comes()
    {
        TestSensor sensor = new("m", axes: 1, streams: true);
        using ScmiFixture scmi = new([sensor]);
        _ = scmi.Ask(Sensor, 0xb, 0, 1);
        _ = scmi.Ask(Sensor, 0xa, 0, 1);
        scmi.Settle();
        sensor.Stream(1);
        sensor.Stream(2);
        Assert.Empty(scmi.Notice(scmi.Post(1, room: 27)[0]));
        Assert.Equal(2u, scmi.Notice(scmi.Post(1, room: 28)[0])[3]);
        Assert.Equal((1ul, 1ul), (scmi.Agent.Statistics.TooSmall, scmi.Agent.Statistics.Reported));
    }

    /// <summary>What only says how things are is replaced while it waits, and keeps its place.</summary>
    [Fact]
    public void The_latest_of_a_thing_is_what_counts()
    {
        using ScmiFixture scmi = new([]);
        ScmiProtocol any = scmi.Platform.Protocols[0];
        scmi.Settle();
        scmi.Agent.NotifyLatest(any, 9, 4, 1);
        scmi.Agent.Notify(any, 8, 2);
        scmi.Agent.NotifyLatest(any, 9, 5, 3);
        scmi.Agent.NotifyLatest(any, 9, 4, 4);
        scmi.Agent.Notify(any, 8, 5);
        uint[][] got = [.. Enumerable.Range(0, 4).Select(_ => scmi.Notice(scmi.Post(1)[0]))];
        Assert.Equal([4u, 2, 3, 5], got.Select(static n => n[1]));
        Assert.Equal(1ul, scmi.Agent.Statistics.Merged);
        // Once it is delivered, another one is new.
        scmi.Agent.NotifyLatest(any, 9, 4, 6);
        Assert.Equal(6u, scmi.Notice(scmi.Post(1)[0])[1]);
    }

    [Fact]
    public void A_guest_that_leaves_is_read_for_no_longer()
    {
        TestSensor sensor = new("m", axes: 1, streams: true);
        TestSensor read = new("t");
        using ScmiFixture scmi = new([sensor, read]);
        _ = scmi.Ask(Sensor, 0xb, 0, 1);
        _ = scmi.Ask(Sensor, 0xa, 0, 1);
        _ = scmi.Ask(Sensor, 0xa, 1, (1 << 16) | (0x1eu << 11) | 1);
        _ = scmi.Ask(Sensor, 0xb, 1, 1);
        scmi.Settle();
        Assert.Equal((1, "stream"), (sensor.ListenerCount, sensor.Journal[^1]));
        scmi.Guest.Dispose();
        Assert.True(SpinWait.SpinUntil(() => scmi.BackEnd.Thread.Invoke(() => sensor.Journal[^1] == "still"), LoopThread.Patience));
        scmi.Guest = scmi.BackEnd.Attach(ScmiFixture.Options);
        scmi.Settle();
        Assert.Equal((0, "still"), (sensor.ListenerCount, sensor.Journal[^1]));
        _ = scmi.Post(1);
        sensor.Stream(1);
        scmi.Settle();
        Assert.False(scmi.Guest.Queues[1].HasUsed);
    }
}
