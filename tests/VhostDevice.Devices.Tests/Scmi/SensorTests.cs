// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.TestKit;
using VhostDevice.Virtio.Devices;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

[Collection(DeviceCollection.Name)]
public sealed class SensorTests : LeakChecked
{
    private const byte Sensor = ScmiFixture.Sensor;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sensor_with_one_value_is_described_and_read(bool packed)
    {
        TestSensor sensor = new("cpu") { Value = -5_250 };
        using ScmiFixture scmi = new([sensor], packed: packed);
        Assert.Equal([1u, 0, 0, 0], scmi.Words(Sensor, 1));
        byte[] all = scmi.Ask(Sensor, 3, 0);
        uint[] words = ScmiFixture.ToWords(all);
        // One of one; updates, time stamps of nanoseconds, extended attributes, four trip points; m°C.
        Assert.Equal((1u, 0u, 0x40005F04u, 0xE802u), (words[0], words[1], words[2], words[3]));
        Assert.Equal("cpu", ScmiFixture.Text(all.AsSpan(16, 16)));
        Assert.Equal([0u, 5 | (0x1Fu << 27), unchecked((uint)-40_000), uint.MaxValue, 125_000, 0], words[8..]);
        Assert.Equal([unchecked((uint)-5_250), uint.MaxValue, 0, 0], scmi.Words(Sensor, 6, 0, 0));
        // With time stamps.
        _ = scmi.Ask(Sensor, 0xa, 0, 3);
        Assert.Equal([unchecked((uint)-5_250), uint.MaxValue, 1_000_000_007, 0], scmi.Words(Sensor, 6, 0, 0));
    }

    [Fact]
    public void A_sensor_with_axes_is_described_and_read_once_it_is_on()
    {
        using ScmiFixture scmi = new([new TestSensor("motion", axes: 3) { Value = 7 }]);
        byte[] all = scmi.Ask(Sensor, 3, 0);
        Assert.Equal([1u, 0, 0x40005E00, 0x30100], ScmiFixture.ToWords(all)[..4]);
        Assert.Equal(32, all.Length);
        // Two of them fit.
        byte[] axes = scmi.Ask(Sensor, 7, 0, 0);
        uint[] words = ScmiFixture.ToWords(axes);
        Assert.Equal((2u | (1u << 26), 0u, 0x100u, 0xD059u), (words[0], words[1], words[2], words[3]));
        Assert.Equal("axis 0", ScmiFixture.Text(axes.AsSpan(16, 16)));
        Assert.Equal([0u, 0, 0x80000000, uint.MaxValue, 0x7fffffff], words[8..13]);
        axes = scmi.Ask(Sensor, 7, 0, 2);
        Assert.Equal((1, "axis 2"), (axes[0], ScmiFixture.Text(axes.AsSpan(16, 16))));
        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(Sensor, 7, 0, 3));
        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(Sensor, 6, 0, 0));
        _ = scmi.Ask(Sensor, 0xa, 0, 1);
        Assert.Equal([7u, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0], scmi.Words(Sensor, 6, 0, 0));
        _ = scmi.Ask(Sensor, 0xa, 0, 0);
        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(Sensor, 6, 0, 0));
    }

    [Fact]
    public void Many_sensors_come_in_parts_with_all_of_their_names()
    {
        string longName = new('n', 40);
        string[] names = ["a", "b", "fifteen letters", longName, "e"];
        using ScmiFixture scmi = new([.. names.Select(n => new TestSensor(n))]);
        List<string> found = [];
        while (found.Count < names.Length)
        {
            byte[] part = scmi.Ask(Sensor, 3, (uint)found.Count);
            uint[] words = ScmiFixture.ToWords(part);
            int count = (int)(words[0] & 0xffff);
            Assert.Equal((uint)(names.Length - found.Count - count), words[0] >> 16);
            for (int i = 0; i < count; i++)
            {
                byte[] one = part[(4 + (52 * i))..];
                bool isLong = (ScmiFixture.ToWords(one)[1] & (1u << 29)) != 0;
                found.Add(isLong ? ScmiFixture.Text(scmi.Ask(Sensor, 0xc, (uint)found.Count).AsSpan(4)) : ScmiFixture.Text(one.AsSpan(12, 16)));
            }
        }

        Assert.Equal(names, found);
        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(Sensor, 3, 5));
    }

    [Fact]
    public void Axes_have_long_names_too()
    {
        string name = new('x', 30);
        TestSensor sensor = new("s", axes: 2) { Axes = [new(name, ScmiUnit.Gauss, 0), new("y", ScmiUnit.Gauss, 0)] };
        using ScmiFixture scmi = new([sensor]);
        Assert.Equal(0x300u, ScmiFixture.ToWords(scmi.Ask(Sensor, 7, 0, 0))[2]);
        byte[] names = scmi.Ask(Sensor, 0xd, 0, 0);
        Assert.Equal((1u | (1u << 26), name), (ScmiFixture.ToWords(names)[0], ScmiFixture.Text(names.AsSpan(8, 64))));
        names = scmi.Ask(Sensor, 0xd, 0, 1);
        Assert.Equal("y", ScmiFixture.Text(names.AsSpan(8, 64)));
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(7, 2)]
    [InlineData(8, 2)]
    [InlineData(9, 1)]
    [InlineData(0xa, 2)]
    [InlineData(0xb, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 4)]
    [InlineData(0xc, 1)]
    [InlineData(0xd, 2)]
    public void There_are_no_sensors_beyond_the_last(byte message, int parameters)
    {
        using ScmiFixture scmi = new([new TestSensor("t")]);
        foreach (uint id in (uint[])[1, uint.MaxValue])
        {
            uint[] words = new uint[parameters];
            words[0] = id;
            Assert.Equal(ScmiStatus.NotFound, scmi.Status(Sensor, message, words));
        }
    }

    [Theory]
    [InlineData(ScmiStatus.NotSupported, 6, 1u)] // a delayed answer
    [InlineData(ScmiStatus.InvalidParameters, 6, 2u)]
    [InlineData(ScmiStatus.InvalidParameters, 0xb, 2u)]
    [InlineData(ScmiStatus.InvalidParameters, 4, 2u)]
    [InlineData(ScmiStatus.InvalidParameters, 0xa, 4u)]
    [InlineData(ScmiStatus.InvalidParameters, 0xa, 3u << 9)]
    [InlineData(ScmiStatus.InvalidParameters, 7, 0u)] // it has no axes
    [InlineData(ScmiStatus.InvalidParameters, 0xd, 0u)]
    [InlineData(ScmiStatus.InvalidParameters, 8, 5u)]
    public void Flags_that_there_are_not_are_refused(ScmiStatus expected, byte message, uint second)
    {
        using ScmiFixture scmi = new([new TestSensor("t")]);
        Assert.Equal(expected, scmi.Status(Sensor, message, 0, second));
        Assert.Equal([0x10001u], scmi.Words(Sensor, 9, 0));
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(0, 0x40)]
    public void A_sensor_with_axes_has_no_trip_points(uint notify, uint config)
    {
        using ScmiFixture scmi = new([new TestSensor("t", axes: 3)]);
        Assert.Equal(ScmiStatus.NotSupported, scmi.Status(Sensor, 4, 0, notify == 0 ? 0u : 1u));
        Assert.Equal(ScmiStatus.InvalidParameters, scmi.Status(Sensor, 5, 0, config | 3, 1, 0));
    }

    [Fact]
    public void Intervals_are_listed_in_parts()
    {
        using ScmiFixture scmi = new([new TestSensor("t"), new TestSensor("u") { Intervals = [] }]);
        Assert.Equal([5u, (1 << 5) | 0x1e, (1 << 5) | 0x1f, (5 << 5) | 0x1f, 1 << 5, 10 << 5], scmi.Words(Sensor, 8, 0, 0));
        byte[] part = scmi.Guest.Request(0, ScmiFixture.Command(Sensor, 8, 0, 1), 8 + 4 + 8);
        Assert.Equal([2u | (2u << 16), (1 << 5) | 0x1f, (5 << 5) | 0x1f], ScmiFixture.ToWords(part)[2..]);
        Assert.Equal(ScmiStatus.NotSupported, scmi.Status(Sensor, 8, 1, 0));
    }

    // Of 10 ms, 100 ms, 500 ms, 1 s and 10 s; what is asked for, how it is rounded, and what comes of it.
    [Theory]
    [InlineData(3, 0, 0, 1, 0)]
    [InlineData(3, 0, 1, 10, 0)]
    [InlineData(3, 0, 2, 1, 0)]
    [InlineData(4, 0, 2, 10, 0)]
    [InlineData(500, -3, 1, 5, -1)]
    [InlineData(1, -3, 0, 1, -2)]
    [InlineData(60, 0, 1, 10, 0)]
    public void An_interval_that_there_is_not_is_rounded(ushort seconds, int exponent, uint rounding, ushort expected, int expectedExponent)
    {
        TestSensor sensor = new("t");
        using ScmiFixture scmi = new([sensor]);
        uint config = ((uint)seconds << 16) | (((uint)exponent & 0x1f) << 11) | (rounding << 9) | 1;
        _ = scmi.Ask(Sensor, 0xa, 0, config);
        uint set = ((uint)expected << 16) | (((uint)expectedExponent & 0x1f) << 11) | 1;
        Assert.Equal([set], scmi.Words(Sensor, 9, 0));
        Assert.Equal([$"still {expected}e{expectedExponent}"], sensor.Journal);
        // Without an interval it stays as it is.
        _ = scmi.Ask(Sensor, 0xa, 0, 3);
        Assert.Equal([set | 2], scmi.Words(Sensor, 9, 0));
    }

    [Fact]
    public void What_a_sensor_does_not_take_is_not_set()
    {
        TestSensor sensor = new("t", axes: 3) { Answer = ScmiStatus.HardwareError };
        using ScmiFixture scmi = new([sensor]);
        Assert.Equal(ScmiStatus.HardwareError, scmi.Status(Sensor, 0xa, 0, 1));
        Assert.Equal([0x10000u], scmi.Words(Sensor, 9, 0));
    }

    [Fact]
    public void The_fake_sensor_counts()
    {
        using ScmiFixture scmi = new([new FakeSensor("fake")]);
        _ = scmi.Ask(Sensor, 0xa, 0, 1);
        for (uint i = 0; i < 300; i++)
        {
            uint[] words = scmi.Words(Sensor, 6, 0, 0);
            Assert.Equal(((byte)i, (byte)(i + 100), (byte)(i + 200)), ((byte)words[0], (byte)words[4], (byte)words[8]));
            Assert.Equal([0u, 0, 0], (uint[])[words[1], words[2], words[3]]);
        }
    }

    /// <summary>Another driver finds nothing of what the former one has set; one that was only paused finds it all.</summary>
    [Fact]
    public void A_new_driver_begins_with_nothing()
    {
        using ScmiFixture scmi = new([new TestSensor("t", axes: 3)]);
        _ = scmi.Ask(Sensor, 0xa, 0, 1);
        scmi.Guest.Stop();
        scmi.Guest.Start();
        Assert.Equal([0x10001u], scmi.Words(Sensor, 9, 0));
        scmi.Guest.Reset();
        scmi.Guest.Start();
        Assert.Equal([0x10000u], scmi.Words(Sensor, 9, 0));
    }

    [Fact]
    public void The_state_has_what_was_set()
    {
        using ScmiFixture scmi = new([new TestSensor("t"), new TestSensor("m", axes: 3)]);
        _ = scmi.Ask(Sensor, 0xa, 1, 3);
        _ = scmi.Ask(Sensor, 5, 0, 3, 50_000, 0);
        _ = scmi.Ask(Sensor, 4, 0, 1);
        ScmiDevice source = scmi.BackEnd.Device;
        byte[] state = scmi.BackEnd.Thread.Invoke(() => DeviceStateImage.Save(source));
        TestSensor target = new("t");
        using ScmiFixture other = new([target, new TestSensor("m", axes: 3)]);
        ScmiDevice loaded = other.BackEnd.Device;
        Assert.True(other.BackEnd.Thread.Invoke(() => DeviceStateImage.TryLoad(loaded, state, out _)));
        Assert.Equal([0x10003u], other.Words(Sensor, 9, 1));
        (ushort, ulong)[] buffers = other.Post(1);
        other.Settle();
        target.Value = 60_000;
        Assert.Equal([ScmiFixture.Header(Sensor, 0, 3, token: 0), 0, 0, 1u << 16], other.Notice(buffers[0]));
        using ScmiFixture fewer = new([new TestSensor("t")]);
        ScmiDevice small = fewer.BackEnd.Device;
        string problem = fewer.BackEnd.Thread.Invoke(() => DeviceStateImage.TryLoad(small, state, out string why) ? "" : why);
        Assert.Contains("the same options", problem, StringComparison.Ordinal);
    }
}
