// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

public sealed class NumberTests
{
    private const string Sockets = "1 to 1024";
    private const string Bytes = "1 or more bytes, or with K, M, G or T behind it, such as 64K";
    private const string Milliseconds = "1 to 65536 milliseconds, or with s behind it, such as 2s";
    private const string Microseconds = "0 to 1000000 microseconds, or with ms or s behind it, such as 2ms";

    [Theory]
    [InlineData("--socket-count", "x", Sockets)]
    [InlineData("--socket-count", "-1", Sockets)]
    [InlineData("--socket-count", "0x10", Sockets)]
    [InlineData("--socket-count", "1_000", Sockets)]
    [InlineData("--socket-count", " 1", Sockets)]
    [InlineData("--socket-count", "1 ", Sockets)]
    [InlineData("--socket-count", "1.0", Sockets)]
    [InlineData("--socket-count", "1e3", Sockets)]
    [InlineData("--socket-count", "+", Sockets)]
    [InlineData("--socket-count", "++1", Sockets)]
    [InlineData("--socket-count", "+-1", Sockets)]
    [InlineData("--socket-count", "1K", Sockets)]
    [InlineData("--socket-count", "١", Sockets)]
    [InlineData("--max-bytes", "1x", Bytes)]
    [InlineData("--max-bytes", "K", Bytes)]
    [InlineData("--max-bytes", "1 K", Bytes)]
    [InlineData("--max-bytes", "1ms", Bytes)]
    [InlineData("--period", "1h", Milliseconds)]
    [InlineData("--period", "1K", Milliseconds)]
    [InlineData("--poll-us", "-5", Microseconds)]
    public void No_number(string option, string value, string range) =>
        Assert.Equal(
            $"vhost-device-rng: '{value}' is no number, which {option} takes: {range}",
            Command.Rng("-s", "unused", $"{option}={value}").UsageError());

    [Theory]
    [InlineData("--socket-count", "4294967296", "1 to 1024")]
    [InlineData("--max-bytes", "18446744073709551616", "1 or more bytes")]
    [InlineData("--max-bytes", "16777216T", "1 or more bytes")]
    [InlineData("--period", "340282366920938463463374607431768211456", "1 to 65536 milliseconds")]
    [InlineData("--period", "66s", "1 to 65536 milliseconds")]
    [InlineData("--poll-us", "2s", "0 to 1000000 microseconds")]
    public void Out_of_range(string option, string value, string range) =>
        Assert.Equal($"vhost-device-rng: {option} {value} is not possible: {range}", Command.Rng("-s", "unused", $"{option}={value}").UsageError());

    [Theory]
    [InlineData("stdin")]
    [InlineData("-1")]
    public void No_descriptor(string value) =>
        Assert.Equal($"vhost-device-rng: '{value}' is no number, which --fd takes: 0 to 2147483647", Command.Rng($"--fd={value}").UsageError());

    [Fact]
    public void A_descriptor_that_is_too_large() =>
        Assert.Equal("vhost-device-rng: --fd 2147483648 is not possible: 0 to 2147483647", Command.Rng("--fd=2147483648").UsageError());

    // A directory that does not exist comes last of all checks: the numbers were accepted.
    [Theory]
    [InlineData("--socket-count", "1")]
    [InlineData("--socket-count", "+5")]
    [InlineData("--socket-count", "0005")]
    [InlineData("--max-bytes", "18446744073709551615")]
    [InlineData("--max-bytes", "+1")]
    [InlineData("--max-bytes", "16777215T")]
    [InlineData("--max-bytes", "+1MiB")]
    [InlineData("--max-bytes", "5g")]
    [InlineData("--period", "1")]
    [InlineData("--period", "65s")]
    [InlineData("--period", "65536ms")]
    [InlineData("--poll-us", "1s")]
    [InlineData("--poll-us", "20ms")]
    [InlineData("--period", "65536")]
    [InlineData("--poll-us", "1000000")]
    public void Accepted(string option, string value)
    {
        string error = Command.Rng("-s", "/nonexistent/rng", option, value).RuntimeError();
        Assert.Equal("vhost-device-rng: cannot listen on /nonexistent/rng0: the directory /nonexistent does not exist", error);
    }
}
