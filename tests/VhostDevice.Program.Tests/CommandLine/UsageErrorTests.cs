// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>Exit 2, one line that names what is wrong, and nothing has been touched.</summary>
public sealed class UsageErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.At("rng");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a command is missing: " + ProgramFile.Commands)]
    [InlineData("there is no command 'gpu': " + ProgramFile.Commands, "gpu")]
    [InlineData("there is no command '/h': " + ProgramFile.Commands, "/h")]
    [InlineData("there is no command '/?': " + ProgramFile.Commands, "/?")]
    [InlineData("there is no command '[suggest]': " + ProgramFile.Commands, "[suggest]", "r")]
    [InlineData("there is no command '[diagram]': " + ProgramFile.Commands, "[diagram]", "rng")]
    [InlineData("there is no command '@rng': " + ProgramFile.Commands, "@rng")]
    [InlineData("there is no command 'rng': " + ProgramFile.Commands, "--", "rng")]
    [InlineData("there is no option '--socket-path'", "--socket-path", "x", "rng")]
    [InlineData("there is no option '-?'", "-?")]
    public void The_program_without_a_command(string expected, params string[] arguments)
    {
        CommandResult result = Command.Program(arguments);
        Assert.Equal("vhost-device: " + ProgramFile.WithCommands(expected), result.UsageError());
        Assert.Equal("Try 'vhost-device --help'.", result.Err[1]);
    }

    [Theory]
    [InlineData("--socket-path PATH is missing (or --fd FDNUM)")]
    [InlineData("there is no option '--nonsense'", "--nonsense")]
    [InlineData("there is no option '--nonsense'", "--nonsense=3")]
    [InlineData("there is no option '-x'", "-x")]
    [InlineData("there is no option '-X'", "-Xx")]
    [InlineData("there is no option '-?'", "-?")]
    [InlineData("unexpected argument '/?'", "-s", "$", "/?")]
    [InlineData("unexpected argument 'extra'", "-s", "$", "extra")]
    [InlineData("unexpected argument 'extra'", "-s", "$", "--", "extra")]
    [InlineData("unexpected argument '-c'", "-s", "$", "--", "-c")]
    [InlineData("unexpected argument '[suggest]'", "[suggest]")]
    [InlineData("unexpected argument '-'", "-s", "$", "-")]
    [InlineData("--socket-path needs a value: PATH", "-s")]
    [InlineData("--socket-path needs a value: PATH", "--socket-path")]
    [InlineData("--socket-path needs a value: PATH", "--socket-path=")]
    [InlineData("--socket-path needs a value: PATH", "-s=")]
    [InlineData("--socket-path needs a value: PATH", "-s", "")]
    [InlineData("--socket-path needs a value: PATH", "-s", "--", "$")]
    [InlineData("--rng-source needs a value: PATH", "-f", "-s", "$")]
    [InlineData("--rng-source needs a value: PATH", "-s", "$", "-f", "--help")]
    [InlineData("--fd needs a value: FDNUM", "--fd", "--print-nothing")]
    [InlineData("--version takes no value", "--version=1")]
    [InlineData("--version takes no value", "-V=1")]
    [InlineData("--socket-path is given twice", "-s", "$", "--socket-path=$")]
    [InlineData("--socket-count is given twice", "-s", "$", "-c", "1", "-c1")]
    [InlineData("--max-bytes is given twice", "-s", "$", "-m1", "-m1")]
    [InlineData("--period is given twice", "-s", "$", "-p1", "-p1")]
    [InlineData("--rng-source is given twice", "-s", "$", "-f", "x", "--rng-source", "y")]
    [InlineData("--log-level is given twice", "-s", "$", "--log-level=off", "--log-level=off")]
    [InlineData("--socket-path and --fd exclude each other: give one of them", "-s", "$", "--fd", "3")]
    [InlineData("--fd is one socket, and --socket-count asks for 2", "--fd", "3", "-c", "2")]
    [InlineData("'loud' is no --log-level: off, error, warn, info, debug or trace", "-s", "$", "--log-level", "loud")]
    [InlineData("--poll-us 1000001 is not possible: 0 to 1000000 microseconds", "-s", "$", "--poll-us", "1000001")]
    [InlineData("'bogus' is no --sandbox: full, seccomp or off", "-s", "$", "--sandbox", "bogus")]
    [InlineData("'Full' is no --sandbox: full, seccomp or off", "-s", "$", "--sandbox=Full")]
    [InlineData("--sandbox needs a value: MODE", "-s", "$", "--sandbox")]
    [InlineData("--sandbox is given twice", "-s", "$", "--sandbox=off", "--sandbox=full")]
    public void The_device(string expected, params string[] arguments)
    {
        string[] completed = [.. arguments.Select(a => a.Replace("$", Path, StringComparison.Ordinal))];
        CommandResult result = Command.Rng(completed);
        Assert.Equal("vhost-device-rng: " + expected, result.UsageError());
        Assert.Equal("Try 'vhost-device-rng --help'.", result.Err[1]);
        Assert.Equal(result.UsageError()[16..], Command.Program(["rng", .. completed]).UsageError()[12..]);
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("--socket")]
    [InlineData("--socket-pat")]
    [InlineData("--so")]
    [InlineData("--log")]
    [InlineData("--vers")]
    public void Long_names_are_not_abbreviated(string name) =>
        Assert.Equal($"vhost-device-rng: there is no option '{name}'", Command.Rng(name, Path).UsageError());

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("..")]
    [InlineData("$/..")]
    [InlineData(".")]
    public void A_path_without_a_file_name(string path)
    {
        string error = Command.Rng("-s", path.Replace("$", _folder.Path, StringComparison.Ordinal)).UsageError();
        Assert.Contains("has no file name", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--socket-path PATH is missing")]
    [InlineData("--socket-path needs a value: PATH", "-s")]
    [InlineData("--socket-path PATH is missing", "")]
    [InlineData("unexpected argument 'x'", "-s", "y", "x")]
    [InlineData("unexpected argument 'x'", "y", "x")]
    [InlineData("'teapot' is no --device", "-s", "y", "-d", "teapot")]
    [InlineData("'soon' is no number, which --timeout takes: ", "-s", "y", "--timeout", "soon")]
    public void Probe(string expected, params string[] arguments)
    {
        CommandResult result = Command.Program(["probe", .. arguments]);
        Assert.StartsWith("vhost-device: " + expected, result.UsageError(), StringComparison.Ordinal);
        Assert.Equal("Try 'vhost-device probe --help'.", result.Err[1]);
    }

    [Fact]
    public void The_hint_names_the_command() => Assert.Equal("Try 'vhost-device rng --help'.", Command.Program("rng").Err[1]);
}
