// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Wiring;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>mpu6050.</summary>
public sealed class MotionTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Board _board;
    private readonly Mpu6050 _motion;
    private readonly Master _master;

    public MotionTests()
    {
        _board = new Board("test", _time);
        SimulatedI2cBus bus = new(_board, "i2c0");
        bus.Attach(_motion = new Mpu6050(_board));
        _master = new Master(bus);
    }

    public void Dispose() => _board.Dispose();

    [Fact]
    public void It_sleeps_at_first()
    {
        Assert.Equal(0x68, _master.ReadByte(0x68, 0x75));
        Assert.Equal(0x40, _master.ReadByte(0x68, 0x6b));
        _time.PassMilliseconds(100);
        Assert.Equal(new byte[14], _master.WriteRead(0x68, [0x3b], 14));
    }

    [Fact]
    public void One_burst_has_all_values()
    {
        Wake();
        Set("accel-x", "9.80665");
        Set("accel-y", "-4.903325");
        Set("gyro-z", "100");
        Set("temperature", "36.53");
        _time.PassMilliseconds(10);
        Assert.Equal(
            [0x40, 0x00, 0xe0, 0x00, 0x40, 0x00, 0, 0, 0, 0, 0, 0, 0x33, 0x2c],
            _master.WriteRead(0x68, [0x3b], 14));
    }

    [Fact]
    public void Ranges_change_the_scale()
    {
        Wake();
        _master.Write(0x68, 0x1b, 0x18, 0x18); // 2000 °/s, 16 g
        Set("accel-x", "9.80665");
        Set("gyro-x", "2000");
        _time.PassMilliseconds(10);
        Assert.Equal(0x0800, _master.ReadWord(0x68, 0x3b));
        Assert.Equal(32750, _master.ReadWord(0x68, 0x43));
        _master.Write(0x68, 0x1b, 0x00);
        _time.PassMilliseconds(10);
        Assert.Equal(0x7fff, _master.ReadWord(0x68, 0x43));
    }

    [Fact]
    public void The_fifo_has_what_was_chosen_at_the_rate_that_was_set()
    {
        Wake();
        _master.Write(0x68, 0x19, 9, 1); // 1 kHz / 10
        _master.Write(0x68, 0x23, 0x08); // acceleration
        _master.Write(0x68, 0x6a, 0x44);
        _time.PassMilliseconds(55);
        Assert.Equal(5 * 6, _master.ReadWord(0x68, 0x72));
        Assert.Equal([0, 0, 0, 0, 0x40, 0, 0, 0], _master.WriteRead(0x68, [0x74], 8));
        Assert.Equal(5 * 6 - 8, _master.ReadWord(0x68, 0x72));
        _time.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(1024, _master.ReadWord(0x68, 0x72));
        Assert.Equal(0x11, _master.ReadByte(0x68, 0x3a));
        Assert.Equal(0, _master.ReadByte(0x68, 0x3a));
        _master.Write(0x68, 0x6a, 0x04);
        Assert.Equal(0, _master.ReadWord(0x68, 0x72));
    }

    [Fact]
    public void The_interrupt_comes_with_each_sample()
    {
        int rising = 0;
        Probe probe = new(_board, "probe", high => rising += high ? 1 : 0);
        _board.Nets.Connect(_motion.Interrupt, probe.Pin);
        Wake();
        _master.Write(0x68, 0x19, 9, 1);
        _master.Write(0x68, 0x38, 1);
        _time.PassMilliseconds(50);
        Assert.Equal(5, rising);
        // Latched: once, until somebody reads the status.
        _master.Write(0x68, 0x37, 0x20);
        _time.PassMilliseconds(50);
        Assert.Equal(6, rising);
        Assert.True(_motion.Interrupt.Level);
        Assert.Equal(1, _master.ReadByte(0x68, 0x3a));
        Assert.False(_motion.Interrupt.Level);
        _master.Write(0x68, 0x38, 0);
        _time.PassMilliseconds(50);
        Assert.Equal(6, rising);
    }

    [Fact]
    public void A_reset_ends_everything()
    {
        Wake();
        _master.Write(0x68, 0x38, 1);
        _master.Write(0x68, 0x6b, 0x80);
        Assert.Equal(0x40, _master.ReadByte(0x68, 0x6b));
        Assert.Equal(0, _master.ReadByte(0x68, 0x38));
    }

    private void Wake() => _master.Write(0x68, 0x6b, 0x01);

    private void Set(string parameter, string value) => Assert.Null(_motion.Parameters.Single(p => p.Name == parameter).TrySet(value));
}
