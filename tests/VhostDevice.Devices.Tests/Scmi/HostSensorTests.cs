// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Scmi.Hwmon;
using VhostDevice.Devices.Scmi.Iio;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Hosting;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

/// <summary>Sensors of the host, whose files a folder has that looks like sysfs.</summary>
[Collection(DeviceCollection.Name)]
public sealed class HostSensorTests : LeakChecked, IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("scmi-");
    private readonly HostCalls _calls = new("sensors");

    private string Device => Path.Combine(_root.FullName, "iio:device3");

    private string Node => Path.Combine(_root.FullName, "dev", "iio:device3");

    void IDisposable.Dispose()
    {
        _calls.Dispose();
        _root.Delete(recursive: true);
        Dispose();
    }

    // The unit, its exponent and the scale's, and what raw 1234 is then.
    [Theory]
    [InlineData("in_accel", null, null, ScmiUnit.MeterPerSecondSquared, 0, 1234)]
    [InlineData("in_accel", "0.000598", null, ScmiUnit.MeterPerSecondSquared, -4, 7379)]
    [InlineData("in_accel", "0.000598", "-34", ScmiUnit.MeterPerSecondSquared, -4, 7176)]
    [InlineData("in_temp", "125", null, ScmiUnit.Celsius, -1, 1543)]
    [InlineData("in_voltage0", "0.5", "10", ScmiUnit.Volt, -4, 6220)]
    [InlineData("in_voltage1-voltage2", null, null, ScmiUnit.Volt, -3, 1234)]
    [InlineData("in_anglvel", "1e-20", null, ScmiUnit.RadianPerSecond, -16, 0)]
    [InlineData("in_other", "0", null, ScmiUnit.Unspecified, 0, 0)]
    public void A_channel_is_a_value_with_a_unit(string channel, string? scale, string? offset, ScmiUnit unit, int exponent, long value)
    {
        Write(channel + "_raw", "1234\n");
        if (scale is not null)
            Write(channel + "_scale", scale + "\n");
        if (offset is not null)
            Write("offset", offset);
        using IioHost host = Iio();
        IScmiSensor sensor = host.Open(Device + "/", channel, null);
        ScmiAxis only = Assert.Single(sensor.Axes);
        Assert.Equal(("iio", false, unit, exponent), (sensor.Name, sensor.IsVector, only.Unit, only.Exponent));
        Assert.Equal([value], Read(sensor));
        Assert.False(sensor.Streams);
    }

    [Fact]
    public void Axes_are_in_order_each_with_its_own_scale()
    {
        foreach ((string axis, string raw) in (ReadOnlySpan<(string, string)>)[("y", "-20"), ("z", "30"), ("x", "10")])
            Write($"in_magn_{axis}_raw", raw);
        Write("in_magn_y_scale", "2");
        Write("in_magn_scale", "1");
        Write("in_magn_z_offset", "5");
        Write("name", "a-compass-with-a-long-name\n");
        using IioHost host = Iio();
        IScmiSensor sensor = host.Open(Device, "in_magn", null);
        Assert.Equal(("a-compass-with-", true), (sensor.Name, sensor.IsVector));
        Assert.Equal(["magn_X", "magn_Y", "magn_Z"], sensor.Axes.Select(static a => a.Name));
        Assert.Equal([10L, -40, 35], Read(sensor));
        Write("in_magn_z_raw", "-7");
        Assert.Equal(-2, Read(sensor)[2]);
        Write("in_magn_z_raw", "rubbish");
        Assert.Equal(ScmiStatus.GenericError, sensor.Read(new ScmiReading[3]));
    }

    [Fact]
    public void What_is_not_there_is_said_in_a_line()
    {
        using IioHost host = Iio();
        Says("cannot be read", () => host.Open(Device, "in_accel", null));
        Write("in_temp_raw", "1");
        Says("no channel 'in_accel'", () => host.Open(Device, "in_accel", null));
        Write("in_temp_scale", "one");
        Says("has no number: 'one'", () => host.Open(Device, "in_temp", null));
    }

    [Theory]
    [InlineData("le:s12/16>>4", 0x8010, -2047)]
    [InlineData("le:u12/16>>4", 0x8010, 2049)]
    [InlineData("be:s16/16>>0", 0xFEFF, -2)]
    [InlineData("be:u16/16", 0xFEFF, 0xFFFE)]
    [InlineData("le:s8/8>>0", 0xFF, -1)]
    [InlineData("le:u7/8>>1", 0xFF, 127)]
    [InlineData("le:s64/64>>0", -3, -3)]
    [InlineData("be:s24/32>>8", 0x0001FF7F, 0x7FFF01)]
    [InlineData("le:s16/16X3>>0", 0x8000, -32768)]
    public void Elements_of_scans_are_read_as_their_type_says(string type, long stored, long value)
    {
        Assert.True(IioScanType.TryParse(type, out IioScanType parsed));
        Assert.Equal(value, parsed.Decode(BitConverter.GetBytes(stored)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("xe:s16/16>>0")]
    [InlineData("le:x16/16>>0")]
    [InlineData("le:s16")]
    [InlineData("le:s16/")]
    [InlineData("le:s/16>>0")]
    [InlineData("le:s17/16>>0")]
    [InlineData("le:s16/16>>1")]
    [InlineData("le:s0/16>>0")]
    [InlineData("le:s16/24>>0")]
    [InlineData("le:s16/16X0>>0")]
    [InlineData("le:s16/16X>>0")]
    [InlineData("le:s16/16>>")]
    [InlineData("le:s16/16X99999999>>0")]
    public void A_type_that_makes_no_sense_is_none(string type) => Assert.False(IioScanType.TryParse(type, out _));

    /// <summary>Two sensors of a device: one reader, each gets what is its own, and what is not wanted is not in scans.</summary>
    [Fact]
    public void Sensors_of_a_device_share_its_buffer()
    {
        MakeBuffered();
        using IioHost host = Iio();
        IScmiSensor accel = host.Open(Device, "in_accel", "accel"), temp = host.Open(Device, "in_temp", "temp");
        Assert.True(accel.Streams && temp.Streams);
        Assert.Equal([new ScmiInterval(5, -3), new ScmiInterval(1, -2)], accel.Intervals);
        using ScmiFixture scmi = new([accel, temp], _calls);
        using FileStream scans = new(Node, FileMode.Open, FileAccess.ReadWrite);
        (ushort, ulong)[] buffers = scmi.Post(4);
        _ = scmi.Ask(0x15, 0xa, 0, (5 << 16) | (0x1du << 11) | 3);
        _ = scmi.Ask(0x15, 0xb, 0, 1);
        scmi.Settle();
        Assert.Equal(("1", "1", "0", "1"), (En("in_accel_x"), En("in_accel_y"), En("in_temp"), En("in_timestamp")));
        Assert.Equal(("1", "200"), (Text("buffer/enable"), Text("sampling_frequency")));
        // Two of 16 bits, big endian, and the time of 64 at a multiple of eight; in two halves.
        byte[] scan = [0, 1, 0xff, 0xfe, 9, 9, 9, 9, 77, 0, 0, 0, 0, 0, 0, 0];
        scans.Write(scan.AsSpan(0, 5));
        scans.Flush();
        scmi.Settle();
        scans.Write(scan.AsSpan(5));
        scans.Write(scan);
        scans.Flush();
        uint[] update = [ScmiFixture.Header(0x15, 1, 3, token: 0), 0, 0, 1, 0, 77, 0, unchecked((uint)-2), uint.MaxValue, 77, 0];
        Assert.Equal(update, scmi.Notice(buffers[0]));
        Assert.Equal(update, scmi.Notice(buffers[1]));
        // While scans come, a reading is the latest of them.
        Write("in_accel_x_raw", "555");
        Assert.Equal((1u, 77u), (scmi.Words(0x15, 6, 0, 0)[0], scmi.Words(0x15, 6, 0, 0)[2]));
        // The other one joins: 32 bits, of which the upper 24 count.
        _ = scmi.Ask(0x15, 0xb, 1, 1);
        scmi.Settle();
        Assert.Equal(("1", "1", "1"), (En("in_temp"), En("in_accel_x"), Text("buffer/enable")));
        scans.Write([0, 2, 0, 3, 0, 5, 0, 0, 88, 0, 0, 0, 0, 0, 0, 0]);
        scans.Flush();
        uint[][] both = [scmi.Notice(buffers[2]), scmi.Notice(buffers[3])];
        Assert.Equal([2u, 5u], both.OrderBy(static n => n[2]).Select(static n => n[3]));
        // The last one that leaves switches the buffer off.
        _ = scmi.Ask(0x15, 0xa, 0, 0);
        _ = scmi.Ask(0x15, 0xb, 1, 0);
        scmi.Settle();
        Assert.Equal(("0", "0", "0"), (En("in_temp"), En("in_accel_x"), Text("buffer/enable")));
        _ = scmi.Ask(0x15, 0xa, 0, 1);
        Assert.Equal(555u, scmi.Words(0x15, 6, 0, 0)[0]);
    }

    [Fact]
    public void A_buffer_that_has_ended_or_cannot_be_had_is_no_trouble()
    {
        MakeBuffered();
        File.Delete(Node);
        using IioHost host = Iio();
        IScmiSensor accel = host.Open(Device, "in_accel", null);
        Assert.False(accel.Streams);
        Assert.Equal(ScmiStatus.Success, accel.Configure(stream: false, new ScmiInterval(1, 0)));
        Assert.Equal([1L, 2], Read(accel));
    }

    [Fact]
    public void Inputs_of_a_hardware_monitor_have_units_and_labels()
    {
        foreach ((string file, string text) in (ReadOnlySpan<(string, string)>)
            [
                ("name", "chip"), ("temp1_input", "-1500"), ("temp10_input", "1"), ("temp2_input", "2"), ("temp2_label", "CPU\n"),
                ("in0_input", "12000"),
                ("power1_input", "3500000"), ("fan1_input", "1200"), ("pwm1", "3"), ("temp1_max", "9"), ("intrusion0_alarm", "0"),
            ])
            Write(file, text);
        using HwmonHost host = new(_calls);
        IReadOnlyList<IScmiSensor> sensors = host.Open(Device, null, null);
        Assert.Equal(
            ["chip temp1 Celsius -3 -1500", "CPU Celsius -3 2", "chip temp10 Celsius -3 1", "chip in0 Volt -3 12000", "chip power1 Watt -6 3500000",
                "chip fan1 RotationsPerMinute 0 1200"],
            sensors.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} {s.Axes[0].Unit} {s.Axes[0].Exponent} {Read(s)[0]}")));
        Assert.Equal("mine", Assert.Single(host.Open(Device, "fan1", "mine")).Name);
        Says("no input 'fan2': temp1, temp2", () => host.Open(Device, "fan2", null));
        Says("cannot be read", () => host.Open(Device + "x", null, null));
    }

    private static void Says(string what, Func<object> open) =>
        Assert.Contains(what, Assert.Throws<StartupException>(open).Message, StringComparison.Ordinal);

    private static long[] Read(IScmiSensor sensor)
    {
        ScmiReading[] readings = new ScmiReading[sensor.Axes.Count];
        Assert.Equal(ScmiStatus.Success, sensor.Read(readings));
        Assert.All(readings, static r => Assert.NotEqual(0ul, r.Time));
        return [.. readings.Select(static r => r.Value)];
    }

    private IioHost Iio() => new(Path.Combine(_root.FullName, "dev"), _calls, NullLogger.Instance);

    private void MakeBuffered()
    {
        (string Name, string Index, string Type)[] elements =
        [
            ("in_accel_x", "0", "be:s16/16>>0"), ("in_accel_y", "1", "be:s16/16>>0"), ("in_temp", "2", "le:s24/32>>8"),
            ("in_timestamp", "3", "le:s64/64>>0"),
        ];
        foreach ((string name, string index, string type) in elements)
        {
            Write($"scan_elements/{name}_index", index);
            Write($"scan_elements/{name}_type", type);
            Write($"scan_elements/{name}_en", "0");
        }

        Write("in_accel_x_raw", "1");
        Write("in_accel_y_raw", "2");
        Write("in_temp_raw", "3");
        Write("buffer/enable", "0");
        Write("sampling_frequency", "100");
        Write("sampling_frequency_available", "100 200\n");
        _ = Directory.CreateDirectory(Path.GetDirectoryName(Node)!);
        using System.Diagnostics.Process mkfifo = System.Diagnostics.Process.Start("mkfifo", [Node]);
        mkfifo.WaitForExit();
        Assert.Equal(0, mkfifo.ExitCode);
    }

    private string En(string element) => Text($"scan_elements/{element}_en");

    // What is written is written over what was there.
    private string Text(string file) => File.ReadAllText(Path.Combine(Device, file)).Trim();

    private void Write(string file, string text)
    {
        string path = Path.Combine(Device, file);
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
