// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Spi;

/// <summary>What is refused, and that what is not refused is served.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("'/dev/a,' in --device is no list of nodes, such as /dev/spidev0.0,/dev/spidev0.1", "-l", "/dev/a,")]
    [InlineData("'/dev/a,,/dev/b' in --device is no list of nodes, such as /dev/spidev0.0,/dev/spidev0.1", "-l", "/dev/a,,/dev/b")]
    [InlineData("--device names /dev/a twice: a node is one chip select", "-l", "/dev/a,/dev/a")]
    public void A_list_that_makes_no_sense_is_a_usage_error(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device: " + expected, Run(arguments).UsageError());
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("/dev/null is no SPI device: a node /dev/spidevB.C was expected", "/dev/null")]
    [InlineData("/none/spi cannot be opened: No such file or directory", "/none/spi")]
    [InlineData(
        "/dev/spidev555.0 cannot be opened: No such file or directory; the kernel has a node only where its device tree, or a "
        + "driver_override of spidev, says so",
        "/dev/spidev555.0")]
    public void Nodes_that_cannot_be_had(string expected, string node)
    {
        Assert.Equal("vhost-device: " + expected, Run("-l", node).RuntimeError());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void A_board_without_a_bus()
    {
        File.WriteAllText(_folder.At("b.yaml"), "board: bare\ngpio:\n  - chip: gpio0\n    lines: [a]\n");
        Assert.Equal("vhost-device: the board bare has no SPI bus: give its file an 'spi:' list", Run("--board", _folder.At("b.yaml")).UsageError());
    }

    [Theory]
    [InlineData("cs: never", "3:9: 'cs' of an spi bus cannot be 'never': auto or hold or request")]
    [InlineData("devices: [{model: lm75}]", "3:23: there is no model 'lm75' here: loop-back, mcp3004, ")]
    [InlineData("devices: [{model: loop-back, chip-select: 16}]", "cannot be '16': 0 to 15, or 0x00 to 0x0f")]
    [InlineData("devices: [{model: loop-back}, {model: max31855}]", "bus spi0 has loop-back@0 at chip select 0 already: give this one another")]
    public void A_bus_that_makes_no_sense(string line, string expected)
    {
        File.WriteAllText(_folder.At("b.yaml"), $"spi:\n  - bus: spi0\n    {line}\n");
        Assert.Contains(expected, Run("--board", _folder.At("b.yaml")).UsageError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Either_nodes_or_a_board()
    {
        Assert.Contains("exclude each other", Run("-l", "/dev/a", "--board", "demo").UsageError(), StringComparison.Ordinal);
        Assert.Contains("--device NODE[,NODE] is missing", Run().UsageError(), StringComparison.Ordinal);
        Assert.Contains("--socket-count 0 is not possible", Run("--board", "demo", "-c", "0").UsageError(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_built_in_board_is_served_on_several_sockets()
    {
        using ChildProcess spi = ChildProcess.Start(ProgramFile.Path, ["spi", "-s", _folder.At("s"), "-c", "2", "--board", "demo"]);
        foreach (string socket in (string[])[_folder.At("s0"), _folder.At("s1")])
        {
            spi.Err.WaitFor($"listening on {socket}");
            Assert.Equal(7, BackEndProbe.Run(socket, Patience.Time).Config![0]);
        }

        spi.Signal(Libc.SIGTERM);
        Assert.Equal(0, spi.WaitForExit());
        Assert.Empty(_folder.Names);
    }

    private CommandResult Run(params string[] arguments) => Command.Program(["spi", "-s", _folder.At("spi"), .. arguments]);
}
