// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

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
    [InlineData("'x' is no --smear: noon-linear or utc-sls", "--smear", "x")]
    [InlineData("--smear and --utc-type exclude each other: what is smeared is of the type 'smeared'", "--smear", "utc-sls", "--utc-type", "utc")]
    [InlineData("--smear and --no-utc exclude each other: only the UTC clock has leap seconds", "--smear", "utc-sls", "--no-utc")]
    [InlineData(
        "--leap-seconds needs to know how the UTC clock gets over them: --smear noon-linear, --smear utc-sls or --utc-type utc",
        "--leap-seconds", "/dev/null")]
    [InlineData(
        "/dev/null: it has no line such as '3692217600 37' (seconds since 1900, TAI ahead of UTC)",
        "--leap-seconds", "/dev/null", "--smear", "utc-sls")]
    [InlineData(
        "'1.5' is no --counter-offset: a whole number, which may be negative: 0 under User Mode Linux, KVM's tsc-offset on x86",
        "--counter-offset", "1.5")]
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

    /// <summary>A list of leap seconds that nobody has renewed, and a clock in the middle of one.</summary>
    [Fact]
    public void Leap_seconds_are_those_of_the_file()
    {
        File.WriteAllText(_folder.At("leaps"), "#@ 3692217600\n3644697600 36\n3692217600 37\n");
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path,
            [
                "rtc", "-s", _folder.At("rtc"), "--control-socket", _folder.At("ctl"), "--boottime", "--frozen", "--start", "2017-01-01",
                "--leap-seconds", _folder.At("leaps"), "--smear", "noon-linear",
            ]);
        daemon.Err.WaitFor("are known until 2017-01-01 only: update the file");
        string[] shown = Ask("show").Success();
        Assert.StartsWith("0 UtcSmeared 2017-01-01T00:00:00.0", shown[0], StringComparison.Ordinal);
        Assert.StartsWith("1 Tai 2017-01-01T00:00:36.5", shown[1], StringComparison.Ordinal);
        Assert.StartsWith("3 Monotonic ", shown[3], StringComparison.Ordinal);
        Assert.Empty(Ask("skew", "-50").Success());
        Assert.EndsWith(", rate 0.99995", Ask("show").Success()[0], StringComparison.Ordinal);
        Assert.Equal("vhost-device: 'much' is not parts per million, such as 50 or -0.5", Ask("skew", "much").RuntimeError());
    }

    [Fact]
    public void A_list_of_leap_seconds_that_is_not_there() =>
        Assert.Equal(
            $"vhost-device: the list of leap seconds {_folder.At("none")} cannot be read: No such file or directory",
            Command.Program("rtc", "-s", _folder.At("rtc"), "--smear", "utc-sls", "--leap-seconds", _folder.At("none")).RuntimeError());

    /// <summary>The counter that a guest has is the host's here.</summary>
    [Fact]
    public void The_processor_s_counter_goes_with_the_clocks()
    {
        using ChildProcess daemon = ChildProcess.Start(ProgramFile.Path, ["rtc", "-s", _folder.At("rtc"), "--counter-offset", "0"]);
        daemon.Err.WaitFor("listening on");
        FrontEndDeviceOptions options = new() { MemorySize = 4 << 20, QueueSizes = [16, 16] };
        using FrontEndDevice guest = FrontEndDevice.Connect(_folder.At("rtc"), options);
        byte kind = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (byte)1 : (byte)0;
        Assert.Equal(1, guest.Request(0, [2, 0x10, 0, 0, 0, 0, 0, 0, 2, 0, kind, 0, 0, 0, 0, 0], 16)[8]);
        (ulong Time, ulong Cycles) one = ReadCross(guest, kind), other = ReadCross(guest, kind);
        Assert.True(other.Time > one.Time && other.Cycles > one.Cycles, $"{one} and {other}");
    }

    private static (ulong Time, ulong Cycles) ReadCross(FrontEndDevice guest, byte kind)
    {
        byte[] answer = guest.Request(0, [2, 0, 0, 0, 0, 0, 0, 0, 2, 0, kind, 0, 0, 0, 0, 0], 24);
        Assert.Equal((0, 24), (answer[0], answer.Length));
        return (BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(8)), BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(16)));
    }

    /// <summary>The name that rust-vmm's daemons of this kind have for it.</summary>
    [Fact]
    public void An_inherited_socket_has_two_names() =>
        Assert.Equal(
            "vhost-device: file descriptor 99 is not open: it must be inherited from the program that starts this one",
            Command.Program("rtc", "--socket-fd", "99").RuntimeError());

    private CommandResult Ask(params string[] words) => Command.Program(["rtc", .. words, "--control-socket", _folder.At("ctl")]);
}
