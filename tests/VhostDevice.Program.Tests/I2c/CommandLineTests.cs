// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.I2c;

/// <summary>What is refused, in the order in which it is looked at: count, folder, list, adapters.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("'4d' in --device-list is no address: a number such as 80 or 0x50, or t0x123 for one of 10 bits", "-l", "1:4d")]
    [InlineData("' 80' in --device-list is no address: a number such as 80 or 0x50, or t0x123 for one of 10 bits", "-l", "1: 80")]
    [InlineData("'' in --device-list is no address: a number such as 80 or 0x50, or t0x123 for one of 10 bits", "-l", "1:")]
    [InlineData("address 128 in --device-list is too large: 0 to 0x7f, without the read/write bit", "-l", "1:128")]
    [InlineData("address t0x400 in --device-list is too large: t0 to t0x3ff", "-l", "1:t0x400")]
    [InlineData("--device-list names address 0x50 twice: guests would not know which is meant", "-l", "1:80,2:0x50")]
    [InlineData("--device-list names adapter '1' twice: list all of its addresses in one place", "-l", "1:80,1:81")]
    public void A_list_that_makes_no_sense_is_a_usage_error(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device: " + expected, Run(arguments).UsageError());
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("/dev/i2c-55555 cannot be opened: No such file or directory", "-l", " 55555:80 ")]
    [InlineData("/dev/i2c-55555 cannot be opened: No such file or directory", "-l", "/dev/i2c-55555:80")]
    [InlineData("/dev/i2c-55555 cannot be opened: No such file or directory", "-l", "i2c-55555:80")]
    [InlineData("/dev/null is no I2C adapter: a device node /dev/i2c-N was expected, or a link to one", "-l", "/dev/null:80")]
    [InlineData("/dev/i2c-55555 cannot be opened: No such file or directory", "-l", "55555:80:t80:+81:0x7f,no such adapter:7")]
    public void Values(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device: " + expected, Run(arguments).RuntimeError());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void An_adapter_that_nobody_has() =>
        Assert.StartsWith(
            "vhost-device: there is no I2C adapter named 'no such adapter'; ",
            Run("-l", " no such adapter :80").RuntimeError(),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("NVIDIA i2c adapter 2 at 1:00.0", @"NVIDIA i2c adapter 2 at 1\:00.0:0x37")]
    [InlineData("a,b\\", @"a\,b\\:0x37")]
    [InlineData("55555", @"\55555:0x37")]
    public void A_backslash_takes_the_meaning_from_what_follows(string name, string list) => Assert.StartsWith(
        $"vhost-device: there is no I2C adapter named '{name}'; ", Run("-l", list).RuntimeError(), StringComparison.Ordinal);

    [Fact]
    public void The_list_comes_before_the_folder() => Assert.StartsWith(
        "vhost-device: 'x' in --device-list is no address",
        Command.Program("i2c", "-s", _folder.At("no/i2c"), "-l", "1:x").UsageError(),
        StringComparison.Ordinal);

    [Fact]
    public void A_board_that_is_not_there() =>
        Assert.Contains("'demo' is the built-in board", Run("--board", _folder.At("b.yaml")).RuntimeError(), StringComparison.Ordinal);

    [Fact]
    public void A_board_without_a_bus()
    {
        File.WriteAllText(_folder.At("b.yaml"), "board: bare\ngpio:\n  - chip: gpio0\n    lines: [a]\n");
        Assert.Equal("vhost-device: the board bare has no I2C bus: give its file an 'i2c:' list", Run("--board", _folder.At("b.yaml")).UsageError());
    }

    [Fact]
    public void Either_a_list_or_a_board()
    {
        Assert.Contains("exclude each other", Run("-l", "1", "--board", "demo").UsageError(), StringComparison.Ordinal);
        Assert.Contains("--device-list LIST is missing", Run().UsageError(), StringComparison.Ordinal);
    }

    private CommandResult Run(params string[] arguments) => Command.Program(["i2c", "-s", _folder.At("i2c"), .. arguments]);
}
