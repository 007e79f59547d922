// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>The name that the program is called by decides what it is.</summary>
public sealed class CalledByTests
{
    [Theory]
    [InlineData("vhost-device-rng 0.1.0", "vhost-device-rng")]
    [InlineData("vhost-device-rng 0.1.0", "/usr/libexec/vhost-device-rng")]
    [InlineData("vhost-device-rng 0.1.0", "../x y/vhost-device-rng")]
    [InlineData("vhost-device 0.1.0", "vhost-device")]
    [InlineData("vhost-device 0.1.0", "vhost-device-gpu")]
    [InlineData("vhost-device 0.1.0", "renamed")]
    [InlineData("vhost-device 0.1.0", "")]
    [InlineData("vhost-device 0.1.0", "/")]
    [InlineData("vhost-device 0.1.0", "my program")]
    public void What_it_is(string expected, string calledBy) => Assert.Equal([expected], Run(calledBy, "-V").Success());

    [Theory]
    [InlineData("vhost-device", "")]
    [InlineData("renamed", "/opt/renamed")]
    [InlineData("vhost-device-gpu", "vhost-device-gpu")]
    public void It_goes_by_that_name_in_messages(string expected, string calledBy)
    {
        CommandResult result = Run(calledBy, "gpu");
        Assert.Equal(ProgramFile.WithCommands($"{expected}: there is no command 'gpu': {ProgramFile.Commands}"), result.UsageError());
        Assert.Equal($"Try '{expected} --help'.", result.Err[1]);
    }

    private static CommandResult Run(string calledBy, params string[] arguments) =>
        Command.Run(ProgramFile.Path, arguments, new ChildOptions { CalledBy = calledBy });
}
