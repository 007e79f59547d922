// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Rtc;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("'soon' is no --start: a time such as 2038-01-19T03:14:00Z, or seconds since 1970", "--start", "soon")]
    [InlineData("'1969-01-01' is no --start: a time such as 2038-01-19T03:14:00Z, or seconds since 1970", "--start", "1969-01-01")]
    [InlineData("'2400-01-01' is no --start: a time such as 2038-01-19T03:14:00Z, or seconds since 1970", "--start", "2400-01-01")]
    [InlineData("'1h' is no --offset: seconds, such as 2.5 or -3600", "--offset", "1h")]
    [InlineData("'0' is no --rate: a number from 0.001 to 1000, such as 60 for a minute in a second", "--rate", "0")]
    [InlineData("'NaN' is no --rate: a number from 0.001 to 1000, such as 60 for a minute in a second", "--rate", "NaN")]
    [InlineData("'leap' is no --utc-type: smeared, utc or maybe-smeared", "--utc-type", "leap")]
    [InlineData("--start and --offset exclude each other: give one of them", "--start", "1", "--offset", "1")]
    [InlineData("--frozen and --rate exclude each other: a clock that stands still has no pace", "--frozen", "--rate", "2")]
    [InlineData("--start 1 is not possible: there is no clock with a time of day", "--start", "1", "--no-utc", "--no-tai")]
    public void Mistakes(string expected, params string[] arguments) =>
        Assert.Equal("vhost-device: " + expected, Command.Program(["rtc", "-s", _folder.At("rtc"), .. arguments]).UsageError());

    [Fact]
    public void A_running_daemon_is_shown_and_set()
    {
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path, ["rtc", "-s", _folder.At("rtc"), "--control-socket", _folder.At("ctl"), "--start", "2038-01-19T03:14:00Z", "--frozen"]);
        daemon.Err.WaitFor("listening on");
        string[] shown = Ask("show").Success();
        Assert.Matches("^0 UtcSmeared 2038-01-19T03:14:0[0-9.]+Z, frozen$", shown[0]);
        Assert.Equal(3, shown.Length);
        Assert.Empty(Ask("set", "1000000000").Success());
        Assert.Empty(Ask("step", "-1").Success());
        Assert.StartsWith("0 UtcSmeared 2001-09-09T01:46:39.", Ask("show").Success()[0], StringComparison.Ordinal);
        Assert.Empty(Ask("rate", "60").Success());
        Assert.EndsWith(", rate 60", Ask("show").Success()[0], StringComparison.Ordinal);
        Assert.Empty(Ask("run").Success());
        Assert.EndsWith("Z", Ask("show").Success()[0], StringComparison.Ordinal);
        Assert.Equal("vhost-device: 'soon' is not seconds, such as 2.5 or -3600", Ask("step", "soon").RuntimeError());
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    /// <summary>The name that rust-vmm's daemons of this kind have for it.</summary>
    [Fact]
    public void An_inherited_socket_has_two_names() =>
        Assert.Equal(
            "vhost-device: file descriptor 99 is not open: it must be inherited from the program that starts this one",
            Command.Program("rtc", "--socket-fd", "99").RuntimeError());

    private CommandResult Ask(params string[] words) => Command.Program(["rtc", .. words, "--control-socket", _folder.At("ctl")]);
}
