// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Boards.Wiring;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>MCP23S08: registers through opcodes, lines, and interrupts.</summary>
public sealed class ExpanderTests : IDisposable
{
    private readonly Board _board = new("test");
    private readonly Mcp23s08 _chip;
    private readonly SpiMaster _master;

    public ExpanderTests()
    {
        SimulatedSpiBus bus = new(_board, "spi0");
        _chip = new Mcp23s08(_board);
        bus.Attach(_chip, 0);
        _master = new SpiMaster(bus);
    }

    public void Dispose() => _board.Dispose();

    [Fact]
    public void Registers_are_read_and_written_in_a_row()
    {
        Assert.Equal([0xff, 0, 0], _master.WriteRead([0x41, 0x00], 3));
        // Linux: the opcode for itself.
        _master.Write(0x40);
        _master.Write(0x00, 0xf0, 0x0f);
        Assert.Equal([0xf0, 0x0f], _master.WriteRead([0x41, 0x00], 2));
        // The pointer goes round, or stays.
        Assert.Equal([0, 0xf0], _master.WriteRead([0x41, 0x0a], 2));
        _master.Write(0x40, 0x05, 0x20);
        Assert.Equal([0xf0, 0xf0], _master.WriteRead([0x41, 0x00], 2));
        // Nobody has another address.
        Assert.Equal([0xff], _master.WriteRead([0x43, 0x00], 1));
        Assert.Equal([0xf0], _master.WriteRead([0x41, 0x00], 1));
    }

    [Fact]
    public void Outputs_drive_their_lines_and_inputs_are_pulled_up()
    {
        _master.Write(0x40, 0x09, 0x01);
        _master.Write(0x40, 0x00, 0xfc);
        Assert.Equal((PinDrive.High, PinDrive.Low, PinDrive.Floating), (_chip.Ports[0].Drive, _chip.Ports[1].Drive, _chip.Ports[2].Drive));
        _master.Write(0x40, 0x06, 0x0c);
        Assert.Equal(PinDrive.PullUp, _chip.Ports[2].Drive);
        Assert.Equal([0x0d], _master.WriteRead([0x41, 0x09], 1));
        // Turned round, inputs only.
        _master.Write(0x40, 0x01, 0xff);
        Assert.Equal([0xf1], _master.WriteRead([0x41, 0x09], 1));
        Assert.Equal([0x01], _master.WriteRead([0x41, 0x0a], 1));
    }

    [Fact]
    public void A_change_asks_for_attention_until_the_port_is_read()
    {
        Level level = new(_board, "level0");
        _board.Nets.Connect(_chip.Ports[3], level.Pins[0]);
        Assert.Equal(PinDrive.High, _chip.Interrupt.Drive);
        _master.Write(0x40, 0x02, 0x08);
        Set(level, "high");
        Assert.Equal(PinDrive.Low, _chip.Interrupt.Drive);
        Set(level, "low");
        // What it was then is kept.
        Assert.Equal([0x08], _master.WriteRead([0x41, 0x07], 1));
        Assert.Equal([0x08], _master.WriteRead([0x41, 0x08], 1));
        // The change that came meanwhile is one for itself.
        Assert.Equal(PinDrive.Low, _chip.Interrupt.Drive);
        Assert.Equal([0x00], _master.WriteRead([0x41, 0x08], 1));
        Assert.Equal(PinDrive.High, _chip.Interrupt.Drive);
        // Nobody is told of what is not enabled.
        _master.Write(0x40, 0x02, 0x00);
        Set(level, "high");
        Assert.Equal(PinDrive.High, _chip.Interrupt.Drive);
    }

    [Fact]
    public void A_level_asks_as_long_as_it_is_wrong_and_the_pin_is_what_the_guest_makes_it()
    {
        Level level = new(_board, "level0");
        _board.Nets.Connect(_chip.Ports[0], level.Pins[0]);
        Set(level, "low");
        _master.Write(0x40, 0x05, 0x02); // active high
        Assert.Equal(PinDrive.Low, _chip.Interrupt.Drive);
        _master.Write(0x40, 0x03, 0x00, 0x01); // compared with 0
        _master.Write(0x40, 0x02, 0x01);
        Set(level, "high");
        Assert.Equal(PinDrive.High, _chip.Interrupt.Drive);
        _ = _master.WriteRead([0x41, 0x09], 1);
        Assert.Equal(PinDrive.High, _chip.Interrupt.Drive);
        Set(level, "low");
        _ = _master.WriteRead([0x41, 0x09], 1);
        Assert.Equal(PinDrive.Low, _chip.Interrupt.Drive);
        _master.Write(0x40, 0x05, 0x04); // open drain
        Assert.Equal(PinDrive.Floating, _chip.Interrupt.Drive);
    }

    private static void Set(Level level, string drive) => Assert.Null(level.Parameters.Single(p => p.Name == "drive").TrySet(drive));
}
