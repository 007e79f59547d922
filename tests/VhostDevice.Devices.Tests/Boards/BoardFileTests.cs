// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Yaml;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

public sealed class BoardFileTests
{
    [Fact]
    public void The_demo_is_a_board()
    {
        using Board board = BoardFile.Load(BoardFile.DemoName, new ManualTime());
        Assert.Equal("demo", board.Name);
        Assert.Equal(["i2c0"], board.PortsOf<SimulatedI2cBus>().Select(b => b.Name));
        Assert.Equal(0x1580, new Master(board.PortsOf<SimulatedI2cBus>()[0]).ReadWord(0x48, 0));
        Assert.Equal(0xfbc0, new Master(board.PortsOf<SimulatedI2cBus>()[0]).ReadWord(0x49, 0));
        Assert.Equal(["button0", "led0", "loop-out"], Enumerable.Range(0, 3).Select(board.PortsOf<SimulatedGpioChip>()[0].LineName));
        // Wired: a button pulls its line up, the expander interrupts.
        Assert.True(board.PortsOf<SimulatedGpioChip>()[0].PinOf(0).Level);
        Assert.True(board.PortsOf<SimulatedGpioChip>()[0].FindPin("expander-int")!.Level);
        Assert.Null(board.Find("button1")!.Parameters[0].TrySet("on"));
        Assert.False(board.PortsOf<SimulatedGpioChip>()[0].FindPin("expander-int")!.Level);
        Assert.Null(board.Find("temp0")!.Parameters.Single(p => p.Name == "temperature").TrySet("100"));
        Assert.False(board.PortsOf<SimulatedGpioChip>()[0].FindPin("temp-alarm")!.Level);
    }

    [Fact]
    public void Every_model_can_be_written()
    {
        string devices = string.Join('\n', EepromKind.All.Select(k => $"  - {{bus: b{k.Name}, devices: [{{model: {k.Name}}}]}}"));
        using Board board =
            Parse("i2c:\n" + devices + "\n  - {bus: rest, devices: [{model: lm75}, {model: tmp102, address: 0x49}, "
            + "{model: ds1307}, {model: ina219}, {model: mpu6050, address: 105}, {model: pcf8574}]}\n"
            + "parts: [{model: button, name: a, active: high}, {model: led, name: b}, {model: level, name: c, drive: "
            + "high}, {model: pull-up, name: d}, {model: pull-down, name: e}]\n");
        Assert.Equal(EepromKind.All.Count + 6 + 5, board.Parts.Count);
        Assert.True(board.FindPin("c")!.Level);
        Assert.NotNull(board.Find("mpu6050@69"));
    }

    [Fact]
    public void Content_of_an_eeprom_comes_from_a_file()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllBytes(Path.Combine(folder.FullName, "content"), [1, 2, 3]);
            string path = Path.Combine(folder.FullName, "board.yaml");
            File.WriteAllText(path, "i2c: [{bus: i2c0, devices: [{model: 24c01, content: content}]}]");
            using Board board = BoardFile.Load(path);
            Assert.Equal([1, 2, 3, 0xff], new Master(board.PortsOf<SimulatedI2cBus>()[0]).WriteRead(0x50, [0], 4));
            File.WriteAllBytes(Path.Combine(folder.FullName, "content"), new byte[129]);
            Assert.Equal(
                $"{path}:1:53: content has 129 bytes, and a 24c01 128",
                Assert.Throws<YamlFileException>(() => BoardFile.Load(path)).Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("", "f: such a file has one document, and this one is empty")]
    [InlineData("board: x\n---\nboard: y", "f:2:1: such a file has one document")]
    [InlineData("board: x\nboard: y", "f:2:1: 'board' is here twice")]
    [InlineData("board: &a x\ni2c: *a", "f:2:6: aliases have no meaning here: write out what is meant")]
    [InlineData("[a]: b", "f:1:1: a key is a word")]
    [InlineData("a", "f:1:1: a board is written as 'key: value' lines")]
    [InlineData("i2c: [", "f:2:1: this is no YAML: ")]
    [InlineData("board: x", "f:1:1: a board has at least one i2c bus or gpio chip")]
    [InlineData("i2x: []", "f:1:1: a board has no 'i2x': board, i2c, gpio, spi, can, input, scmi, parts, wires")]
    [InlineData("i2c: x", "f:1:6: 'i2c' of a board is a list: lines that begin with '- ', or [a, b]")]
    [InlineData("i2c:\n  - devices: []", "f:2:5: an i2c bus needs 'bus', such as 'bus: i2c0'")]
    [InlineData("i2c:\n  - bus: a b", "f:2:10: 'a b' is no name: letters, digits, - and _")]
    [InlineData("i2c:\n  - bus: a\n    devices:\n      - address: 1", "f:4:9: a device needs 'model', such as 'model: lm75'")]
    [InlineData(
        "i2c:\n  - bus: a\n    devices:\n      - model: lm74",
        "f:4:16: there is no model 'lm74' here: lm75, tmp102, ds1307, ina219, mpu6050, pcf8574, 24c01, ")]
    [InlineData(
        "i2c:\n  - bus: a\n    devices:\n      - model: lm75\n        address: 0x80",
        "f:5:18: 'address' of lm75 cannot be '0x80': 8 to 119, or 0x08 to 0x77")]
    [InlineData(
        "i2c:\n  - bus: a\n    devices:\n      - model: lm75\n        temprature: 1",
        "f:5:9: lm75 has no 'temprature': name, address, connected, temperature")]
    [InlineData(
        "i2c:\n  - bus: a\n    devices:\n      - model: lm75\n        temperature: 1000",
        "f:5:22: temperature cannot be '1000': -55 to 125 °C")]
    [InlineData(
        "i2c:\n  - bus: a\n    devices:\n      - {model: lm75, name: x}\n      - {model: tmp102, name: y}",
        "f:5:9: bus a has x at 0x48 already: give this one another address, or another bus")]
    [InlineData(
        "i2c:\n  - bus: a\n    devices:\n      - {model: lm75}\n  - bus: b\n    devices:\n      - {model: lm75}",
        "f:7:9: the board has a part 'lm75@48' already")]
    [InlineData("i2c: [{bus: a}, {bus: a}]", "f:1:23: the name 'a' is taken by another bus or chip of the board")]
    [InlineData("i2c: [{bus: a}]\ngpio: [{chip: a, count: 1}]", "f:2:15: the name 'a' is taken by another bus or chip of the board")]
    [InlineData("gpio:\n  - chip: a", "f:2:5: a gpio chip needs 'lines', such as 'lines: [button0, led0]', or 'count: 8'")]
    [InlineData("gpio:\n  - {chip: a, lines: [x, y, x]}", "f:2:29: the chip has a line 'x' already")]
    [InlineData("gpio:\n  - {chip: a, lines: [x, y], count: 1}", "f:2:37: 'count' of a gpio chip is 1, and it has 2 lines")]
    [InlineData("gpio:\n  - {chip: a, count: 2}\nwires:\n  - [a.0, a.2]", "f:4:11: there is no line 'a.2': a.0 to a.1")]
    [InlineData(
        "gpio:\n  - {chip: a, count: 2}\nparts:\n  - {model: button, name: b}\nwires:\n  - [a.0, c]",
        "f:6:11: there is no pin 'c': a line of a chip (a.0) or a pin of a part (b.out)")]
    [InlineData("gpio:\n  - {chip: a, count: 2}\nwires:\n  - a.0", "f:4:5: a wire is a list of two pins or more, such as [gpio0.0, button0]")]
    [InlineData(
        "gpio:\n  - {chip: a, count: 2}\nparts:\n  - {model: button, name: b, active: medium}",
        "f:4:38: 'active' of button cannot be 'medium': low or high")]
    [InlineData("gpio:\n  - {chip: a, count: 2}\nparts:\n  - {model: button}", "f:4:5: button needs 'name', such as 'name: button0'")]
    [InlineData("gpio:\n  - {chip: a, count: 2}\nparts:\n  - {model: led, name: b, lit: on}", "f:4:27: led has no 'lit': name, active")]
    public void A_mistake_is_said_where_it_was_made(string text, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<YamlFileException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_cannot_be_read_is_said()
    {
        Assert.Equal(
            "the board file /none cannot be read: there is none; 'demo' is the built-in board",
            Assert.Throws<YamlFileException>(() => BoardFile.Load("/none")).Message);
        Assert.Throws<YamlFileException>(() => BoardFile.Load("/"));
    }

    [Fact]
    public void Nesting_ends_before_the_stack_does() =>
        Assert.Contains(
            "nested too deeply",
            Assert.Throws<YamlFileException>(() => Parse("i2c: " + new string('[', 200_000))).Message,
            StringComparison.Ordinal);

    private static Board Parse(string text) => BoardFile.Parse(text, "f", "/", new ManualTime());
}
