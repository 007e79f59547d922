// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>
/// Files that options name: one that is missing or cannot be read is a run-time error (1), wrong content of one that the
/// user wrote is as wrong as a command line (2).
/// </summary>
public sealed class NamedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public NamedFileTests()
    {
        File.WriteAllText(_folder.At("empty"), "");
        File.WriteAllText(_folder.At("wrong"), "vms:\n  - sockets: s\ni2c:\n  - busses: x\n");
        File.WriteAllText(_folder.At("long"), new string('#', 2 << 20));
        File.WriteAllText(_folder.At("board"), "i2c:\n  - bus: i2c0\n    devices:\n      - model: 24c01\n        content: none\n");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{}/none cannot be opened: No such file or directory", "rng", "-s", "{}/s", "-f", "{}/none")]
    [InlineData("{}/none/image cannot be opened for reading and writing: No such file or directory", "scsi", "-s", "{}/s", "{}/none/image")]
    [InlineData("--image-folder {}/none is no folder", "scsi", "-s", "{}/s", "--control-socket", "{}/c", "--image-folder", "{}/none")]
    [InlineData("the file {}/none cannot be read: No such file or directory", "vsock", "--config", "{}/none")]
    [InlineData("the file {}/empty/x cannot be read: Not a directory", "vsock", "--config", "{}/empty/x")]
    [InlineData("the file {} cannot be read: Is a directory", "vsock", "--config", "{}")]
    [InlineData("the board file {}/none cannot be read: there is none; 'demo' is the built-in board", "i2c", "-s", "{}/s", "--board", "{}/none")]
    [InlineData("the board file {}/none cannot be read: there is none; 'demo' is the built-in board", "gpio", "-s", "{}/s", "--board", "{}/none")]
    [InlineData(
        "the board file {}/none cannot be read: there is none; 'demo' is the built-in board",
        "board",
        "serve",
        "-s",
        "{}/s",
        "--board",
        "{}/none")]
    [InlineData("the board file {} cannot be read: Is a directory", "board", "serve", "-s", "{}/s", "--board", "{}")]
    [InlineData("{}/board:5:18: none cannot be read", "board", "serve", "-s", "{}/s", "--board", "{}/board")]
    [InlineData("--record {}/none/x cannot be written: its folder does not exist", "board", "serve", "-s", "{}/s", "--record", "{}/none/x")]
    [InlineData("the directory {}/none does not exist", "rng", "-s", "{}/none/s")]
    [InlineData("the directory {}/none does not exist", "rng", "-s", "{}/s", "--metrics-socket", "{}/none/m")]
    [InlineData("the directory {}/none does not exist", "scsi", "-s", "{}/s", "--control-socket", "{}/none/c", "memory=1M")]
    public void Missing_or_unreadable(string expected, params string[] arguments) =>
        Assert.EndsWith(At(expected), Run(arguments).RuntimeError(), StringComparison.Ordinal);

    [Theory]
    [InlineData("{}/empty: such a file has one document, and this one is empty", "vsock", "--config", "{}/empty")]
    [InlineData("{}/wrong:2:14: ", "vsock", "--config", "{}/wrong")]
    [InlineData("the file {}/long is too long: at most 1048576 bytes", "vsock", "--config", "{}/long")]
    [InlineData("{}/empty: such a file has one document, and this one is empty", "i2c", "-s", "{}/s", "--board", "{}/empty")]
    [InlineData("{}/wrong:4:5: ", "i2c", "-s", "{}/s", "--board", "{}/wrong")]
    [InlineData("{}/wrong:4:5: ", "gpio", "-s", "{}/s", "--board", "{}/wrong")]
    [InlineData("{}/wrong:4:5: ", "board", "serve", "-s", "{}/s", "--board", "{}/wrong")]
    [InlineData("the board file {}/long is too long: at most 1048576 bytes", "board", "serve", "-s", "{}/s", "--board", "{}/long")]
    public void Wrong_content(string expected, params string[] arguments) =>
        Assert.StartsWith("vhost-device: " + At(expected), Run(arguments).UsageError(), StringComparison.Ordinal);

    private CommandResult Run(string[] arguments) => Command.Program([.. arguments.Select(At)]);

    private string At(string text) => text.Replace("{}", _folder.Path, StringComparison.Ordinal);
}
