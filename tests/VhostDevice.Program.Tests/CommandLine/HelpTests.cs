// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.CommandLine;

public sealed class HelpTests
{
    private static readonly string[] s_rngOptions =
    [
        "-s, --socket-path PATH", "--fd, --socket-fd FDNUM", "--print-capabilities", "--log-level LEVEL", "--poll-us MICROSECONDS",
        "--metrics-socket PATH", "--iommu", "--sandbox MODE",
        "-c, --socket-count COUNT", "-m, --max-bytes BYTES", "-p, --period MILLISECONDS", "-f, --rng-source PATH",
        "-V, --version", "-h, --help",
    ];

    private static readonly string[] s_probeOptions =
        ["-s, --socket-path PATH", "-d, --device TYPE", "--timeout MILLISECONDS", "-V, --version", "-h, --help"];

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
        AssertDescribed(
            [
                .. ProgramFile.Devices, "scsi [IMAGE...]", "board", "probe [PATH]", "describe [DEVICE]",
                "-V, --version", "-h, --help",
            ],
            lines);
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
        Assert.Contains("  vhost-device-rng --socket-path PATH [options]", Command.Rng("-h").Success());
        Assert.Contains("  vhost-device rng --socket-path PATH [options]", Command.Program("rng", "-h").Success());
    }

    [Fact]
    public void Help_wins_over_what_follows_it() => Assert.NotEmpty(Command.Rng("--help", "--nonsense", "-c", "x").Success());

    [Fact]
    public void A_mistake_before_help_wins() =>
        Assert.Contains("--nonsense", Command.Rng("--nonsense", "--help").UsageError(), StringComparison.Ordinal);

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

    [Theory]
    [InlineData("", "COMMAND [options]")]
    [InlineData("gpio", "--socket-path PATH --device-list CHIP[:CHIP...] [options]")]
    [InlineData("i2c", "--socket-path PATH --device-list LIST [options]")]
    [InlineData("rng", "--socket-path PATH [options]")]
    [InlineData("console", "--socket-path PATH [options]")]
    [InlineData("console list", "--control-socket PATH")]
    [InlineData("console add", "--control-socket PATH PORT")]
    [InlineData("console remove", "--control-socket PATH PORT")]
    [InlineData("console resize", "--control-socket PATH PORT SIZE")]
    [InlineData("console attach", "--control-socket PATH PORT [options]")]
    [InlineData("console send", "--control-socket PATH PORT [TEXT] [options]")]
    [InlineData("console expect", "--control-socket PATH PORT PATTERN [options]")]
    [InlineData("console log", "--control-socket PATH PORT [options]")]
    [InlineData("rtc", "--socket-path PATH [options]")]
    [InlineData("rtc show", "--control-socket PATH")]
    [InlineData("rtc set", "--control-socket PATH TIME")]
    [InlineData("rtc step", "--control-socket PATH SECONDS")]
    [InlineData("rtc rate", "--control-socket PATH RATE")]
    [InlineData("rtc skew", "--control-socket PATH PPM")]
    [InlineData("rtc freeze", "--control-socket PATH")]
    [InlineData("rtc run", "--control-socket PATH")]
    [InlineData("scmi", "--socket-path PATH --device SENSOR... [options]")]
    [InlineData("scsi", "--socket-path PATH [options] [IMAGE...]")]
    [InlineData("scsi list", "--control-socket PATH")]
    [InlineData("scsi add", "--control-socket PATH IMAGE")]
    [InlineData("scsi remove", "--control-socket PATH UNIT")]
    [InlineData("scsi resize", "--control-socket PATH UNIT")]
    [InlineData("sound", "--socket PATH [options]")]
    [InlineData("sound show", "--control-socket PATH")]
    [InlineData("sound plug", "--control-socket PATH STREAM")]
    [InlineData("sound unplug", "--control-socket PATH STREAM")]
    [InlineData("sound volume", "--control-socket PATH STREAM STEPS")]
    [InlineData("sound mute", "--control-socket PATH STREAM")]
    [InlineData("sound unmute", "--control-socket PATH STREAM")]
    [InlineData("sound scope", "--control-socket PATH STREAM [FILE]")]
    [InlineData("vsock", "--socket PATH --uds-path PATH [options]")]
    [InlineData("vsock list", "--control-socket PATH")]
    [InlineData("vsock add", "--control-socket PATH SETTINGS")]
    [InlineData("vsock remove", "--control-socket PATH CID")]
    [InlineData("board", "COMMAND [options]")]
    [InlineData("board serve", "--socket-path PATH [options]")]
    [InlineData("board list", "[PART] [options]")]
    [InlineData("board get", "PART PARAMETER [options]")]
    [InlineData("board set", "PART PARAMETER VALUE... [options]")]
    [InlineData("board press", "BUTTON [MILLISECONDS] [options]")]
    [InlineData("board release", "BUTTON [options]")]
    [InlineData("board watch", "[PART] [PARAMETER] [options]")]
    [InlineData("board example", "")]
    [InlineData("probe", "[PATH] [options]")]
    [InlineData("describe", "[DEVICE] [options]")]
    public void Every_command_has_its_purpose_a_usage_and_an_example(string command, string usage)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string called = string.Join(' ', ["vhost-device", .. words]);
        string[] lines = Command.Program([.. words, "--help"]).Success();
        Assert.Matches("^[A-Z][^.]+ [^.]+$", lines[0]);
        Assert.Equal(["", "Usage:", $"  {called} {usage}".TrimEnd(), ""], lines[1..5]);
        Assert.Matches("^Examples?:$", lines[5]);
        Assert.DoesNotContain(lines, static l => l != l.TrimEnd());
        string[] examples = [.. lines.Skip(6).TakeWhile(static l => l.Length > 0)];
        // What is to be copied stays in one line.
        Assert.DoesNotContain(lines.Except(examples), static l => l.Length > 80);
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            Assert.StartsWith($"  {called}", example, StringComparison.Ordinal);
            // Mistakes in front of --help would be reported.
            string[] copied = [.. example.Split('>')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1), "--help"];
            Assert.NotEmpty(Command.Program(copied).Success());
        });
    }

    [Fact]
    public void A_command_lists_the_words_of_its_commands()
    {
        AssertDescribed(["list", "add IMAGE", "remove UNIT", "resize UNIT"], Command.Program("scsi", "--help").Success());
        AssertDescribed(["list [PART]", "set PART PARAMETER VALUE...", "press BUTTON [MILLISECONDS]"], Command.Program("board", "--help").Success());
    }

    [Fact]
    public void A_long_word_has_its_text_below_it()
    {
        string[] lines = Command.Program("gpio", "--help").Success();
        int at = Array.IndexOf(lines, "  -l, --device-list CHIP[:CHIP...]");
        Assert.True(at > 0, string.Join('\n', lines));
        Assert.Matches("^ +One chip for each socket", lines[at + 1]);
    }

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
