// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>lm75 and tmp102.</summary>
public sealed class TemperatureTests : IDisposable
{
    private readonly Board _board = new("test");
    private readonly Lm75 _lm75;
    private readonly Tmp102 _tmp102;
    private readonly Master _master;

    public TemperatureTests()
    {
        SimulatedI2cBus bus = new(_board, "i2c0");
        bus.Attach(_lm75 = new Lm75(_board));
        bus.Attach(_tmp102 = new Tmp102(_board, address: 0x49));
        _master = new Master(bus);
    }

    public void Dispose() => _board.Dispose();

    [Theory]
    [InlineData(25, 0x1900)]
    [InlineData(25.5, 0x1980)]
    [InlineData(42.74, 0x2a80)]
    [InlineData(0, 0)]
    [InlineData(-0.5, 0xff80)]
    [InlineData(-55, 0xc900)]
    [InlineData(125, 0x7d00)]
    public void Lm75_shows_half_degrees(double celsius, int register)
    {
        _lm75.Temperature.Value = celsius;
        Assert.Equal(register, _master.ReadWord(0x48, 0));
    }

    [Theory]
    [InlineData(25, 0x1900)]
    [InlineData(25.0625, 0x1910)]
    [InlineData(-25, 0xe700)]
    [InlineData(127.9375, 0x7ff0)]
    [InlineData(128, 0x7ff0)]
    public void Tmp102_shows_sixteenths(double celsius, int register)
    {
        _tmp102.Temperature.Value = celsius;
        Assert.Equal(register, _master.ReadWord(0x49, 0));
    }

    [Fact]
    public void Tmp102_extended_goes_to_150()
    {
        _master.WriteWord(0x49, 1, 0x60b0);
        _tmp102.Temperature.Value = 150;
        Assert.Equal(0x4b01, _master.ReadWord(0x49, 0));
    }

    [Fact]
    public void Registers_at_the_start()
    {
        Assert.Equal(0, _master.ReadByte(0x48, 1));
        Assert.Equal(0x4b00, _master.ReadWord(0x48, 2));
        Assert.Equal(0x5000, _master.ReadWord(0x48, 3));
        Assert.Equal(0x60a0, _master.ReadWord(0x49, 1));
        Assert.Equal(0x4b00, _master.ReadWord(0x49, 2));
        Assert.Equal(0x5000, _master.ReadWord(0x49, 3));
    }

    [Fact]
    public void The_register_that_was_chosen_stays_so()
    {
        _master.WriteWord(0x48, 3, 0x3200);
        Assert.Equal([0x32, 0x00, 0x32], _master.Read(0x48, 3));
    }

    [Fact]
    public void In_shutdown_the_temperature_stays()
    {
        _master.Write(0x48, 1, 1);
        _master.WriteWord(0x49, 1, 0x61a0);
        _lm75.Temperature.Value = _tmp102.Temperature.Value = 30;
        Assert.Equal(0x1900, _master.ReadWord(0x48, 0));
        Assert.Equal(0x1900, _master.ReadWord(0x49, 0));
        _master.WriteWord(0x49, 1, 0xe1a0); // one conversion
        Assert.Equal(0x1e00, _master.ReadWord(0x49, 0));
        Assert.Equal(0x8000, _master.ReadWord(0x49, 1) & 0x8000);
        _master.Write(0x48, 1, 0);
        Assert.Equal(0x1e00, _master.ReadWord(0x48, 0));
    }

    [Fact]
    public void The_alarm_has_two_limits()
    {
        Pull(_lm75.Alarm);
        Assert.True(_lm75.Alarm.Level);
        _lm75.Temperature.Value = 80;
        Assert.True(_lm75.Alarm.Level);
        _lm75.Temperature.Value = 80.5;
        Assert.False(_lm75.Alarm.Level);
        _lm75.Temperature.Value = 75;
        Assert.False(_lm75.Alarm.Level);
        _lm75.Temperature.Value = 74.5;
        Assert.True(_lm75.Alarm.Level);
    }

    [Fact]
    public void The_alarm_as_an_interrupt_ends_when_it_is_read()
    {
        Pull(_lm75.Alarm);
        _master.Write(0x48, 1, 0x02);
        _lm75.Temperature.Value = 90;
        Assert.False(_lm75.Alarm.Level);
        Assert.Equal(0x5a00, _master.ReadWord(0x48, 0));
        Assert.True(_lm75.Alarm.Level);
        _lm75.Temperature.Value = 20;
        Assert.False(_lm75.Alarm.Level);
        _ = _master.ReadByte(0x48, 1);
        Assert.True(_lm75.Alarm.Level);
    }

    [Fact]
    public void Tmp102_tells_its_alert_with_the_polarity_of_the_pin()
    {
        Pull(_tmp102.AlertPin);
        _tmp102.Temperature.Value = 81;
        Assert.False(_tmp102.AlertPin.Level);
        Assert.Equal(0, _master.ReadWord(0x49, 1) & 0x20);
        _master.WriteWord(0x49, 1, 0x64a0);
        Assert.True(_tmp102.AlertPin.Level);
        Assert.Equal(0x20, _master.ReadWord(0x49, 1) & 0x20);
    }

    [Fact]
    public void What_is_not_connected_does_not_answer()
    {
        Assert.Null(_lm75.Connected.TrySet("off"));
        Assert.Equal(Linux.Errno.ENXIO, _master.TryWrite(0x48, 0));
        Assert.Null(_lm75.Connected.TrySet("on"));
        _master.Write(0x48, 0);
        Assert.Equal(Linux.Errno.ENXIO, _master.TryWrite(0x4a, 0));
    }

    [Fact]
    public void Parameters_take_what_makes_sense()
    {
        Assert.Null(_lm75.Temperature.TrySet("42.5"));
        Assert.Equal(42.5, _lm75.Temperature.Value);
        Assert.Equal("temperature cannot be '126': -55 to 125 °C", _lm75.Temperature.TrySet("126"));
        Assert.NotNull(_lm75.Temperature.TrySet("NaN"));
        Assert.NotNull(_lm75.Temperature.TrySet("warm"));
        Assert.Equal("42.5", _lm75.Temperature.Text);
        Assert.Throws<ArgumentOutOfRangeException>(() => _lm75.Temperature.Value = double.NaN);
    }

    private void Pull(Devices.Boards.Wiring.Pin pin) =>
        _board.Nets.Connect(pin, new Devices.Boards.Wiring.Pull(_board, "pull-" + pin.FullName, up: true).Pin);
}
