// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>One path for two sockets of the same command line.</summary>
public sealed class OwnPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--uds-path and --socket have the same socket, {}/x: give each its own", "vsock", "--socket", "{}/x", "--uds-path", "{}/x")]
    [InlineData("--uds-path and --socket have the same socket, {}//x: give each its own", "vsock", "--socket", "{}//x", "--uds-path", "{}/./x")]
    [InlineData(
        "--socket-path and --metrics-socket have the same socket, {}/m0: give each its own",
        "rng",
        "-s",
        "{}/m",
        "--metrics-socket",
        "{}/m0")]
    [InlineData(
        "--control-socket and --socket-path have the same socket, {}/s: give each its own",
        "scsi",
        "-s",
        "{}/s",
        "--control-socket",
        "{}/s",
        "memory=1M")]
    public void Is_a_mistake_of_the_command_line(string expected, params string[] arguments)
    {
        string At(string text) => text.Replace("{}", _folder.Path, StringComparison.Ordinal);
        Assert.Equal("vhost-device: " + At(expected), Command.Program([.. arguments.Select(At)]).UsageError());
        Assert.Empty(_folder.Names);
    }
}
