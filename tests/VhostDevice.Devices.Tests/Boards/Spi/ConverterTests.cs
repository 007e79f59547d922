// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>Voltages and temperatures, in and out.</summary>
public sealed class ConverterTests : IDisposable
{
    private readonly Board _board = new("test");
    private readonly SimulatedSpiBus _bus;
    private readonly SpiMaster _master;

    public ConverterTests()
    {
        _bus = new SimulatedSpiBus(_board, "spi0");
        _master = new SpiMaster(_bus);
    }

    public void Dispose() => _board.Dispose();

    /// <summary>As Linux asks: a byte with the start bit in bit 6, then two bytes with the result at their top.</summary>
    [Theory]
    [InlineData("mcp3008", 10, 8)]
    [InlineData("mcp3004", 10, 4)]
    [InlineData("mcp3208", 12, 8)]
    [InlineData("mcp3204", 12, 4)]
    public void Every_input_is_read(string name, int bits, int inputs)
    {
        Mcp3x chip = Make(name);
        Assert.Equal(inputs, chip.Inputs.Count);
        chip.Reference.Value = 4.096;
        for (int i = 0; i < inputs; i++)
            chip.Inputs[i].Value = 0.5 * i;
        for (int i = 0; i < inputs; i++)
        {
            Assert.Equal((int)(0.5 * i / 4.096 * (1 << bits)), Read(0x60 | (i << 2), bits));
        }

        chip.Inputs[1].Value = 5;
        Assert.Equal((1 << bits) - 1, Read(0x64, bits));
    }

    [Fact]
    public void Of_a_pair_the_difference_is_read_and_none_below_zero()
    {
        Mcp3x chip = Make("mcp3008");
        chip.Reference.Value = 4.096;
        chip.Inputs[2].Value = 3;
        chip.Inputs[3].Value = 1;
        Assert.Equal(500, Read(0x40 | (2 << 2), 10));
        Assert.Equal(0, Read(0x40 | (3 << 2), 10));
    }

    /// <summary>All at once, with leading zeros, and further than to the lowest bit, from which it goes back.</summary>
    [Fact]
    public void The_result_comes_from_both_ends()
    {
        Mcp3x chip = Make("mcp3008");
        chip.Reference.Value = 1.024;
        chip.Inputs[0].Value = 0.6005; // 600: 1001011000
        Assert.Equal([0xff, 0b1111_1010, 0b0101_1000, 0b0011_0100, 0b1000_0000], _master.Both(0x01, 0x80, 0, 0, 0));
        // The next message begins from the start.
        Assert.Equal(600, Read(0x60, 10));
    }

    [Fact]
    public void An_output_has_the_voltage_of_its_word()
    {
        Mcp4922 chip = new(_board, "dac0");
        _bus.Attach(chip, 0);
        chip.Reference.Value = 2.048;
        Assert.Equal((0, 0), (chip.Volts(0), chip.Volts(1)));
        _master.Write(0x38, 0x00); // A, once, active, 2048
        _master.Write(0x94, 0x00); // B, twice, active, 1024
        Assert.Equal((1.024, 1.024), (chip.Volts(0), chip.Volts(1)));
        Assert.Equal("1.024", _board.FindParameter("dac0.a")!.Text);
        // Shut down; and only the first 16 bits count.
        _master.Write(0x20, 0x01, 0xff, 0xff);
        Assert.Equal(0, chip.Volts(0));
    }

    [Fact]
    public void Half_a_word_is_none_and_two_requests_are_one()
    {
        Mcp4922 chip = new(_board);
        _bus.Attach(chip, 0);
        _master.Exchange([0x3f], 0, ends: true);
        Assert.Equal(0, chip.Volts(0));
        _master.Write(0x3f);
        _master.Write(0xff);
        Assert.Equal(3.3 * 4095 / 4096, chip.Volts(0), 6);
    }

    [Theory]
    [InlineData(25, 25, "none", "01901900")]
    [InlineData(1600, 127.9375 - 3, "none", "64007cf0")]
    [InlineData(-0.25, -0.0625, "none", "fffcfff0")]
    [InlineData(-250, -55, "none", "f060c900")]
    [InlineData(0, 0, "open", "00010001")]
    [InlineData(0, 0, "ground", "00010002")]
    [InlineData(0, 0, "supply", "00010004")]
    public void A_thermocouple_has_a_frame_as_in_the_data_sheet(double celsius, double own, string fault, string frame)
    {
        Max31855 chip = new(_board);
        _bus.Attach(chip, 0);
        chip.Temperature.Value = celsius;
        chip.Internal.Value = own;
        Assert.Null(chip.ThermocoupleFault.TrySet(fault));
        Assert.Equal(frame, Convert.ToHexStringLower(_master.Read(4)));
        // In two requests, and once more from the start.
        Assert.Equal(frame, Convert.ToHexStringLower([.. _master.Read(2), .. _master.Read(2)]));
    }

    [Fact]
    public void A_fault_is_one_of_those_that_there_are()
    {
        Max31855 chip = new(_board);
        Assert.Contains("none, open, ground or supply", chip.ThermocoupleFault.TrySet("loose"), StringComparison.Ordinal);
        Assert.Equal("none", chip.ThermocoupleFault.Text);
    }

    private Mcp3x Make(string name)
    {
        Mcp3xKind kind = new[] { Mcp3xKind.Mcp3004, Mcp3xKind.Mcp3008, Mcp3xKind.Mcp3204, Mcp3xKind.Mcp3208 }.Single(k => k.Name == name);
        Mcp3x chip = new(_board, kind);
        _bus.Attach(chip, 0);
        return chip;
    }

    private int Read(int command, int bits)
    {
        byte[] answer = _master.WriteRead([(byte)command], 2);
        return ((answer[0] << 8) | answer[1]) >> (16 - bits);
    }
}
