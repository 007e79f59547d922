// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Wiring;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>Wires, buttons, LEDs and the expander.</summary>
public sealed class WiringTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Board _board;

    public WiringTests() => _board = new Board("test", _time);

    public void Dispose() => _board.Dispose();

    [Theory]
    [InlineData(PinDrive.Floating, PinDrive.Floating, false)]
    [InlineData(PinDrive.PullUp, PinDrive.Floating, true)]
    [InlineData(PinDrive.PullUp, PinDrive.PullDown, true)]
    [InlineData(PinDrive.PullUp, PinDrive.Low, false)]
    [InlineData(PinDrive.PullDown, PinDrive.High, true)]
    [InlineData(PinDrive.High, PinDrive.Low, false)]
    public void Who_wins(PinDrive first, PinDrive second, bool level)
    {
        Probe a = new(_board, "a", _ => { }), b = new(_board, "b", _ => { });
        _board.Nets.Connect(a.Pin, b.Pin);
        a.Pin.Drive = first;
        b.Pin.Drive = second;
        Assert.Equal(level, a.Pin.Level);
        Assert.Equal(level, b.Pin.Level);
        // And in the other order.
        a.Pin.Drive = b.Pin.Drive = PinDrive.Floating;
        b.Pin.Drive = first;
        a.Pin.Drive = second;
        Assert.Equal(level, a.Pin.Level);
    }

    [Fact]
    public void Wires_join()
    {
        List<string> heard = [];
        Probe a = new(_board, "a", h => heard.Add($"a{h}")),
        b = new(_board, "b", h => heard.Add($"b{h}")),
        c = new(_board, "c", h => heard.Add($"c{h}"));
        a.Pin.Drive = PinDrive.PullUp;
        heard.Clear();
        _board.Nets.Connect(b.Pin, c.Pin);
        _board.Nets.Connect(c.Pin, a.Pin);
        Assert.True(b.Pin.Level && c.Pin.Level);
        Assert.Contains("bTrue", heard);
        Assert.Contains("cTrue", heard);
        _board.Nets.Connect(a.Pin, b.Pin);
        Assert.Single(_board.Nets.All);
    }

    [Fact]
    public void A_button_is_pressed_and_released()
    {
        Button low = new(_board, "low"), high = new(_board, "high", activeHigh: true);
        Assert.True(low.Pin.Level);
        Assert.False(high.Pin.Level);
        low.Press();
        high.Press(TimeSpan.FromMilliseconds(50));
        Assert.False(low.Pin.Level);
        Assert.True(high.Pin.Level);
        _time.PassMilliseconds(49);
        Assert.True(high.Pin.Level);
        _time.PassMilliseconds(1);
        Assert.False(high.Pin.Level);
        Assert.False(low.Pin.Level);
        low.Release();
        Assert.True(low.Pin.Level);
    }

    [Fact]
    public void A_new_press_is_not_ended_by_the_former_ones_time()
    {
        Button button = new(_board, "button");
        button.Press(TimeSpan.FromMilliseconds(50));
        _time.PassMilliseconds(40);
        button.Press();
        _time.PassMilliseconds(100);
        Assert.True(button.Pressed.Value);
        button.Press(TimeSpan.FromMilliseconds(50));
        _time.PassMilliseconds(50);
        Assert.False(button.Pressed.Value);
    }

    [Fact]
    public void A_led_shows_its_wire()
    {
        Level level = new(_board, "level");
        Led led = new(_board, "led"), inverse = new(_board, "inverse", activeLow: true);
        _board.Nets.Connect(level.Pin, led.Pin);
        _board.Nets.Connect(level.Pin, inverse.Pin);
        List<string> seen = [];
        _board.ParameterChanged += (part, parameter) => seen.Add($"{part.Name} {parameter.Name} {parameter.Text}");
        Assert.Equal((false, true), (led.Lit.Value, inverse.Lit.Value));
        Assert.Null(level.Drive.TrySet("high"));
        Assert.Equal((true, false), (led.Lit.Value, inverse.Lit.Value));
        Assert.Contains("led lit on", seen);
        Assert.Contains("inverse lit off", seen);
        Assert.Contains("level level high", seen);
        Assert.Equal("lit can only be read", led.Lit.TrySet("on"));
        Assert.NotNull(level.Drive.TrySet("maybe"));
    }

    [Fact]
    public void A_circle_ends()
    {
        Probe? inverter = null;
        Probe input = new(_board, "in", high => inverter!.Pin.Drive = high ? PinDrive.Low : PinDrive.High);
        inverter = new(_board, "out", _ => { });
        _board.Nets.Connect(input.Pin, inverter.Pin);
        inverter.Pin.Drive = PinDrive.High;
        // It ended, and the wires work as before.
        Button button = new(_board, "button");
        button.Press();
        Assert.False(button.Pin.Level);
    }

    [Fact]
    public void The_expanders_lines_are_quasi_bidirectional()
    {
        (Pcf8574 expander, Master master) = Expander();
        Button button = new(_board, "button");
        Led led = new(_board, "led");
        _board.Nets.Connect(expander.Ports[0], button.Pin);
        _board.Nets.Connect(expander.Ports[1], led.Pin);
        Assert.Equal([0xff], master.Read(0x20, 1));
        button.Press();
        Assert.Equal([0xfe], master.Read(0x20, 1));
        Assert.True(led.Lit.Value);
        master.Write(0x20, 0xfd);
        Assert.False(led.Lit.Value);
        Assert.Equal([0xfc], master.Read(0x20, 1));
        Assert.Equal("0xfc", expander.Parameters.Single(p => p.Name == "port").Text);
    }

    [Fact]
    public void The_expander_interrupts_until_somebody_looks()
    {
        (Pcf8574 expander, Master master) = Expander();
        Button button = new(_board, "button");
        _board.Nets.Connect(expander.Ports[3], button.Pin);
        _board.Nets.Connect(expander.Interrupt, new Pull(_board, "pull", up: true).Pin);
        Assert.True(expander.Interrupt.Level);
        button.Press();
        Assert.False(expander.Interrupt.Level);
        _ = master.Read(0x20, 1);
        Assert.True(expander.Interrupt.Level);
        button.Release();
        Assert.False(expander.Interrupt.Level);
        master.Write(0x20, 0xff);
        Assert.True(expander.Interrupt.Level);
        // There and back before anybody looked.
        button.Press();
        button.Release();
        Assert.True(expander.Interrupt.Level);
    }

    [Fact]
    public void Parts_and_pins_are_found_by_their_names()
    {
        (Pcf8574 expander, _) = Expander();
        Button button = new(_board, "button0");
        SimulatedGpioChip chip = new(_board, "gpio0", ["", "led"]);
        Assert.Same(expander, _board.Find("pcf8574@20"));
        Assert.Same(expander, _board.Find("pcf8574@0x20"));
        Assert.Same(expander.Ports[3], _board.FindPin("pcf8574@20.p3"));
        Assert.Same(button.Pin, _board.FindPin("button0"));
        Assert.Same(button.Pin, _board.FindPin("button0.out"));
        Assert.Same(chip.PinOf(1), _board.FindPin("gpio0.1"));
        Assert.Same(chip.PinOf(1), _board.FindPin("gpio0.led"));
        Assert.Null(_board.FindPin("gpio0.2"));
        Assert.Null(_board.FindPin("gpio0."));
        Assert.Null(_board.FindPin("pcf8574@20"));
        Assert.Null(_board.Find("nothing"));
        Assert.Throws<BoardException>(() => new Button(_board, "button0"));
    }

    private (Pcf8574 Expander, Master Master) Expander()
    {
        SimulatedI2cBus bus = new(_board, "i2c0");
        Pcf8574 expander = new(_board);
        bus.Attach(expander);
        return (expander, new Master(bus));
    }
}
