// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

public sealed class NumberTests
{
    private const string U32 = "a number from 0 to 4294967295";
    private const string U64 = "a number from 0 to 18446744073709551615";
    private const string U128 = "a number from 0 to 340282366920938463463374607431768211455";

    [Theory]
    [InlineData("--socket-count", "x", U32)]
    [InlineData("--socket-count", "-1", U32)]
    [InlineData("--socket-count", "0x10", U32)]
    [InlineData("--socket-count", "1_000", U32)]
    [InlineData("--socket-count", " 1", U32)]
    [InlineData("--socket-count", "1 ", U32)]
    [InlineData("--socket-count", "1.0", U32)]
    [InlineData("--socket-count", "1e3", U32)]
    [InlineData("--socket-count", "+", U32)]
    [InlineData("--socket-count", "++1", U32)]
    [InlineData("--socket-count", "+-1", U32)]
    [InlineData("--socket-count", "١", U32)]
    [InlineData("--socket-count", "4294967296", U32)]
    [InlineData("--max-bytes", "18446744073709551616", U64)]
    [InlineData("--max-bytes", "1x", U64)]
    [InlineData("--period", "340282366920938463463374607431768211456", U128)]
    [InlineData("--period", "1s", U128)]
    [InlineData("--poll-us", "-5", U32)]
    public void Refused(string option, string value, string range) =>
        Assert.Equal($"vhost-device-rng: '{value}' is not {range}, which {option} takes", Command.Rng("-s", "unused", $"{option}={value}").UsageError());

    [Theory]
    [InlineData("stdin")]
    [InlineData("-1")]
    [InlineData("2147483648")]
    public void No_descriptor(string value) =>
        Assert.Equal($"vhost-device-rng: '{value}' is not a number from 0 to 2147483647, which --fd takes", Command.Rng($"--fd={value}").UsageError());

    // A directory that does not exist comes last of all checks: the numbers were accepted.
    [Theory]
    [InlineData("--socket-count", "1")]
    [InlineData("--socket-count", "+5")]
    [InlineData("--socket-count", "0005")]
    [InlineData("--max-bytes", "18446744073709551615")]
    [InlineData("--max-bytes", "+1")]
    [InlineData("--period", "1")]
    [InlineData("--period", "65536")]
    [InlineData("--poll-us", "1000000")]
    public void Accepted(string option, string value)
    {
        string error = Command.Rng("-s", "/nonexistent/rng", option, value).RuntimeError();
        Assert.Equal("vhost-device-rng: cannot listen on /nonexistent/rng0: the directory /nonexistent does not exist", error);
    }
}
