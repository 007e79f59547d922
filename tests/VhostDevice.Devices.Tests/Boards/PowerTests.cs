// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>ina219.</summary>
public sealed class PowerTests : IDisposable
{
    private readonly Board _board = new("test");
    private readonly Ina219 _power;
    private readonly Master _master;

    public PowerTests()
    {
        SimulatedI2cBus bus = new(_board, "i2c0");
        bus.Attach(_power = new Ina219(_board));
        _master = new Master(bus);
        _power.Shunt.Value = 0.1;
    }

    public void Dispose() => _board.Dispose();

    [Fact]
    public void Current_and_power_follow_from_the_calibration()
    {
        _power.Voltage.Value = 12;
        _power.Current.Value = 1;
        Assert.Equal(10000, _master.ReadWord(0x40, 1)); // 100 mV
        Assert.Equal(3000, _master.ReadWord(0x40, 2) >> 3);
        Assert.Equal(0, _master.ReadWord(0x40, 4));
        _master.WriteWord(0x40, 5, 4096); // 0.1 mA a step
        Assert.Equal(10000, _master.ReadWord(0x40, 4));
        Assert.Equal(6000, _master.ReadWord(0x40, 3)); // 2 mW a step
        _power.Current.Value = -1;
        Assert.Equal(-10000, (short)_master.ReadWord(0x40, 4));
        Assert.Equal(6000, _master.ReadWord(0x40, 3));
    }

    [Theory]
    [InlineData(0x219f, 4000)]
    [InlineData(0x299f, 8000)]
    [InlineData(0x319f, 16000)]
    [InlineData(0x399f, 32000)]
    public void The_shunts_voltage_is_limited_by_the_gain(int configuration, int most)
    {
        _master.WriteWord(0x40, 0, (ushort)configuration);
        _power.Current.Value = 10;
        Assert.Equal(most, (short)_master.ReadWord(0x40, 1));
        _power.Current.Value = -10;
        Assert.Equal(-most, (short)_master.ReadWord(0x40, 1));
    }

    [Fact]
    public void The_buss_voltage_is_limited_by_its_range()
    {
        _power.Voltage.Value = 24;
        Assert.Equal(6000, _master.ReadWord(0x40, 2) >> 3);
        _master.WriteWord(0x40, 0, 0x199f);
        Assert.Equal(4000, _master.ReadWord(0x40, 2) >> 3);
    }

    [Fact]
    public void What_is_too_much_is_said()
    {
        _power.Current.Value = 3;
        _master.WriteWord(0x40, 5, 0xfffe);
        Assert.Equal(1, _master.ReadWord(0x40, 2) & 1);
        Assert.Equal(short.MaxValue, (short)_master.ReadWord(0x40, 4));
    }

    [Fact]
    public void Powered_down_the_results_stay()
    {
        _power.Voltage.Value = 10;
        _master.WriteWord(0x40, 0, 0x3998);
        _power.Voltage.Value = 20;
        Assert.Equal(2500 << 3, _master.ReadWord(0x40, 2));
    }

    [Fact]
    public void A_reset_restores_the_registers()
    {
        _master.WriteWord(0x40, 5, 1000);
        _master.WriteWord(0x40, 0, 0x0001);
        Assert.Equal(0x0001, _master.ReadWord(0x40, 0));
        _master.WriteWord(0x40, 0, 0x8000);
        Assert.Equal(0x399f, _master.ReadWord(0x40, 0));
        Assert.Equal(0, _master.ReadWord(0x40, 5));
    }
}
