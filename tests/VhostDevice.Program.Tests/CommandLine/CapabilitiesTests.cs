// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.Json;

namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>--print-capabilities, as the vhost-user specification has it ("Back-end program conventions").</summary>
public sealed class CapabilitiesTests
{
    [Theory]
    [InlineData("--print-capabilities")]
    [InlineData("--print-capabilities", "--socket-path=/nonexistent/a")]
    [InlineData("--socket-path", "/nonexistent/a", "--print-capabilities")]
    [InlineData("--print-capabilities", "--nonsense", "-c", "x", "extra")]
    [InlineData("-c", "0", "-c", "0", "--print-capabilities", "-p")]
    public void Other_options_are_ignored(params string[] arguments)
    {
        AssertRng(Command.Rng(arguments));
        AssertRng(Command.Program(["rng", .. arguments]));
    }

    [Fact]
    public void The_device_may_come_second() => AssertRng(Command.Program("--print-capabilities", "rng"));

    [Fact]
    public void Without_a_device_there_is_nothing_to_print() => Command.Program("--print-capabilities").UsageError();

    private static void AssertRng(CommandResult result)
    {
        using JsonDocument json = JsonDocument.Parse(string.Join('\n', result.Success()));
        Assert.Equal(["type", "features"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal("rng", json.RootElement.GetProperty("type").GetString());
        Assert.Empty(json.RootElement.GetProperty("features").EnumerateArray());
    }
}
