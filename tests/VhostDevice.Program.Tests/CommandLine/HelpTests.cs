// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.CommandLine;

public sealed class HelpTests
{
    private static readonly string[] s_rngOptions =
    [
        "-s, --socket-path <PATH>", "--fd <FDNUM>", "--print-capabilities", "--log-level <LEVEL>", "--poll-us <MICROSECONDS>",
        "--metrics-socket <PATH>", "--iommu", "--sandbox <MODE>",
        "-c, --socket-count <COUNT>", "-m, --max-bytes <BYTES>", "-p, --period <MILLISECONDS>", "-f, --rng-source <PATH>",
        "-V, --version", "-h, --help",
    ];

    private static readonly string[] s_probeOptions =
        ["-s, --socket-path <PATH>", "-d, --device <TYPE>", "--timeout <MILLISECONDS>", "-V, --version", "-h, --help"];

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void The_device_describes_every_option(string option) => AssertDescribed(s_rngOptions, Command.Rng(option).Success());

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void The_command_describes_every_option(string option) => AssertDescribed(s_rngOptions, Command.Program("rng", option).Success());

    [Fact]
    public void Probe_describes_every_option() => AssertDescribed(s_probeOptions, Command.Program("probe", "--help").Success());

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void The_program_lists_its_commands(string option)
    {
        string[] lines = Command.Program(option).Success();
        AssertDescribed(["rng", "board", "probe", "-V, --version", "-h, --help"], lines);
    }

    [Fact]
    public void Defaults_are_told()
    {
        string help = string.Join(' ', Command.Rng("--help").Success().Select(l => l.Trim()));
        Assert.Contains("[default: 1]", help, StringComparison.Ordinal);
        Assert.Contains("[default: 65536]", help, StringComparison.Ordinal);
        Assert.Contains("[default: /dev/urandom]", help, StringComparison.Ordinal);
        Assert.Contains("[default: full]", help, StringComparison.Ordinal);
        Assert.Contains("[default: no limit]", help, StringComparison.Ordinal);
    }

    [Fact]
    public void Usage_says_the_name_that_was_called()
    {
        Assert.Contains("  vhost-device-rng [options]", Command.Rng("-h").Success());
        Assert.Contains("  vhost-device rng [options]", Command.Program("rng", "-h").Success());
    }

    [Fact]
    public void Help_wins_over_what_follows_it() => Assert.NotEmpty(Command.Rng("--help", "--nonsense", "-c", "x").Success());

    [Fact]
    public void A_mistake_before_help_wins() => Assert.Contains("--nonsense", Command.Rng("--nonsense", "--help").UsageError(), StringComparison.Ordinal);

    [Fact]
    public void Output_that_cannot_be_written_is_an_error()
    {
        CommandResult result = Command.Run(ProgramFile.Path, ["--help"], new ChildOptions { OutputFile = "/dev/full" });
        Assert.Equal("vhost-device: standard output cannot be written to: No space left on device", result.RuntimeError());
    }

    [Fact]
    public void A_reader_that_leaves_early_is_no_error()
    {
        Assert.True(Files.CreatePipe(nonBlocking: false, out OwnedFd? read, out OwnedFd? write).IsSuccess);
        read!.Dispose();
        using (write)
            Assert.Empty(Command.Run(ProgramFile.RngLink, ["--help"], new ChildOptions { Inherited = [(1, write!)] }).Success());
    }

    [Fact]
    public void It_fits_a_terminal() => Assert.DoesNotContain(Command.Rng("--help").Success(), l => l.Length > 80);

    // Two columns: what is written, and at least some words about it.
    private static void AssertDescribed(IEnumerable<string> subjects, string[] lines)
    {
        foreach (string subject in subjects)
        {
            string? line = lines.FirstOrDefault(l => l.StartsWith("  " + subject + " ", StringComparison.Ordinal));
            Assert.True(line is not null, $"no line for {subject} in\n{string.Join('\n', lines)}");
            Assert.Matches(@"\w+ \w+", line[(subject.Length + 2)..]);
        }
    }
}
