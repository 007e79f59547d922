// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>ds1307.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Board _board;
    private readonly Ds1307 _clock;
    private readonly Master _master;

    public ClockTests()
    {
        _board = new Board("test", _time);
        SimulatedI2cBus bus = new(_board, "i2c0");
        bus.Attach(_clock = new Ds1307(_board));
        _master = new Master(bus);
    }

    public void Dispose() => _board.Dispose();

    [Fact]
    public void It_starts_with_the_hosts_time_and_goes()
    {
        // Friday, 2026-02-27 23:59:50.
        Assert.Equal([0x50, 0x59, 0x23, 6, 0x27, 0x02, 0x26, 0x03], Registers(8));
        _time.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal([0x00, 0x00, 0x00, 7, 0x28, 0x02, 0x26], Registers(7));
        _time.Pass(TimeSpan.FromDays(1));
        Assert.Equal([0x00, 0x00, 0x00, 1, 0x01, 0x03, 0x26], Registers(7));
    }

    [Fact]
    public void It_goes_on_from_what_was_written()
    {
        _master.Write(0x68, 0, 0x58, 0x59, 0x23, 3, 0x28, 0x02, 0x24);
        Assert.Equal([0x58, 0x59, 0x23, 3, 0x28, 0x02, 0x24], Registers(7));
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal([0x00, 0x00, 0x00, 4, 0x29, 0x02, 0x24], Registers(7));
    }

    [Fact]
    public void One_register_can_be_written_alone()
    {
        _master.Write(0x68, 1, 0x30);
        Assert.Equal(new DateTime(2026, 2, 27, 23, 30, 50, DateTimeKind.Utc), _clock.Time);
    }

    [Fact]
    public void Twelve_hours()
    {
        _master.Write(0x68, 0, 0x00, 0x59, 0x71); // 11 p.m.
        Assert.Equal(23, _clock.Time.Hour);
        _time.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal([0x00, 0x00, 0x52], Registers(3)); // 12 a.m.
        _time.Pass(TimeSpan.FromHours(12));
        Assert.Equal([0x00, 0x00, 0x72], Registers(3)); // 12 p.m.
    }

    [Fact]
    public void It_halts_and_goes_on()
    {
        _master.Write(0x68, 0, 0x80 | 0x10);
        _time.Pass(TimeSpan.FromHours(1));
        Assert.Equal([0x90, 0x59, 0x23], Registers(3));
        _master.Write(0x68, 0, 0x10);
        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal([0x11, 0x59, 0x23], Registers(3));
    }

    [Fact]
    public void Memory_goes_around()
    {
        byte[] content = [.. Enumerable.Range(1, 56).Select(i => (byte)i)];
        _master.Write(0x68, [8, .. content]);
        Assert.Equal(content, _master.WriteRead(0x68, [8], 56));
        Assert.Equal([56, 0x50, 0x59], _master.WriteRead(0x68, [0x3f], 3));
    }

    [Fact]
    public void What_is_no_date_becomes_one()
    {
        _master.Write(0x68, 0, 0x7f, 0xff, 0x3f, 0xff, 0xff, 0xff, 0xff);
        Assert.Equal(new DateTime(2099, 12, 31, 23, 59, 59, DateTimeKind.Utc), _clock.Time);
        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(2000, _clock.Time.Year);
        _master.Write(0x68, 0, 0, 0, 0, 0, 0, 0, 0);
        Assert.Equal(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc), _clock.Time);
    }

    [Fact]
    public void Its_time_can_be_set_from_outside()
    {
        BoardParameter time = _clock.Parameters.Single(p => p.Name == "time");
        Assert.Null(time.TrySet("2030-05-06T07:08:09"));
        Assert.Equal([0x09, 0x08, 0x07, 2, 0x06, 0x05, 0x30], Registers(7));
        Assert.Equal("2030-05-06T07:08:09", time.Text);
        Assert.NotNull(time.TrySet("1999-12-31T00:00:00"));
        Assert.NotNull(time.TrySet("soon"));
    }

    private byte[] Registers(int count) => _master.WriteRead(0x68, [0], count);
}
