// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>Values that are never right are mistakes of the command line: status 2, with the range, before anything is made.</summary>
public sealed class RangeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--socket-count 0 is not possible: 1 to 1024", "-c", "0")]
    [InlineData("--socket-count 1025 is not possible: 1 to 1024", "-c", "1025")]
    [InlineData("'-1' is no number, which --socket-count takes: 1 to 1024", "-c", "-1")]
    [InlineData("--period 0 is not possible: 1 to 65536 milliseconds", "-p", "0")]
    [InlineData("--period 65537 is not possible: 1 to 65536 milliseconds", "-p", "65537")]
    [InlineData(
        "--period 340282366920938463463374607431768211455 is not possible: 1 to 65536 milliseconds",
        "-p",
        "340282366920938463463374607431768211455")]
    [InlineData("--max-bytes 0 is not possible: 1 or more bytes", "-m", "0")]
    [InlineData("--max-bytes 2 is too little: at least 3, a byte per period for every socket", "-m", "2", "-c", "3")]
    [InlineData("'10X' is no number, which --max-bytes takes: 1 or more bytes, or with K, M, G or T behind it, such as 64K", "-m", "10X")]
    [InlineData("--max-bytes 16777216T is not possible: 1 or more bytes", "-m", "16777216T")]
    [InlineData("'rw' is no --socket-mode: octal digits, such as 660", "--socket-mode", "rw")]
    [InlineData("'1777' is no --socket-mode: octal digits, such as 660", "--socket-mode", "1777")]
    public void Rng(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device-rng: " + expected, Command.Rng(["-s", _folder.At("rng"), .. arguments]).UsageError());
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("--socket-count 0 is not possible: 1 to 1024", "i2c", "-l", "1", "-c", "0")]
    [InlineData("--record-limit 0 is not possible: 1 to 1048576 MiB", "i2c", "--board", "demo", "--record-limit", "0")]
    [InlineData("--socket-count 0 is not possible: 1 to 1024", "gpio", "-l", "s4", "-c", "0")]
    [InlineData("there is 1 chip for 2 sockets: give one for each", "gpio", "-l", "s4", "-c", "2")]
    public void Others(string expected, string device, params string[] arguments)
    {
        Assert.Equal("vhost-device: " + expected, Command.Program([device, "-s", _folder.At("x"), .. arguments]).UsageError());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Bytes_may_be_given_in_kibibytes()
    {
        using Daemon daemon = Daemon.Start("-m", "1k", "-p", "65536");
        using Guest guest = daemon.Connect();
        Assert.Equal(1024, guest.Ask(4096).Length);
    }

    [Fact]
    public void A_period_without_a_limit_is_warned_of()
    {
        using Daemon daemon = Daemon.Start("-p", "1000");
        Assert.Contains(daemon.Log.Lines, l => l.Contains("--period 1000 has no effect without --max-bytes", StringComparison.Ordinal));
    }
}
