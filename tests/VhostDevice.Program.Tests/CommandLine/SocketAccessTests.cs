// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>--socket-group and --socket-mode: who may connect besides the owner.</summary>
public sealed class SocketAccessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static readonly TheoryData<string[]> Devices =
    [
        new TheoryDataRow<string[]>(["rng", "-s", "{}/s", "--metrics-socket", "{}/m"]),
        new TheoryDataRow<string[]>(["i2c", "-s", "{}/s", "--board", "demo"]),
        new TheoryDataRow<string[]>(["gpio", "-s", "{}/s", "-l", "s4"]),
        new TheoryDataRow<string[]>(["spi", "-s", "{}/s", "--board", "demo"]),
        new TheoryDataRow<string[]>(["can", "-s", "{}/s", "--simulate", "a"]),
        new TheoryDataRow<string[]>(["input", "-s", "{}/s", "--board", "demo"]),
        new TheoryDataRow<string[]>(["console", "-s", "{}/s", "--port", "backend=unix:{}/u", "--control-socket", "{}/c"]),
        new TheoryDataRow<string[]>(["rtc", "-s", "{}/s0", "--control-socket", "{}/c"]),
        new TheoryDataRow<string[]>(["scmi", "-s", "{}/s0", "-d", "fake"]),
        new TheoryDataRow<string[]>(["sound", "--socket", "{}/s0", "--control-socket", "{}/c"]),
        new TheoryDataRow<string[]>(["scsi", "-s", "{}/s0", "memory=1M", "--control-socket", "{}/c"]),
        new TheoryDataRow<string[]>(["vsock", "--socket", "{}/s0", "--uds-path", "{}/u"]),
        new TheoryDataRow<string[]>(["vsock", "--vm", "guest-cid=3,socket={}/s0,uds-path={}/u", "--control-socket", "{}/c"]),
    ];

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_mode_is_that_of_front_ends_sockets(string[] command)
    {
        using ChildProcess daemon = Start([.. command, "--socket-mode", "624"]);
        Assert.Equal(0b110_010_100, Mode("s0"));
        foreach (string other in _folder.Names.Where(n => n is not ("s0" or "s1")))
            Assert.NotEqual(0b110_010_100, Mode(other));
    }

    [Fact]
    public void A_group_may_connect()
    {
        // Root may give it to any group, others to one of their own.
        string group = Libc.geteuid() == 0 ? "nogroup" : Own("-g");
        using ChildProcess daemon = Start(["rng", "-s", "{}/s", "--socket-group", group]);
        Assert.Equal(0b110_110_000, Mode("s0"));
        Assert.Equal(Number(group), Own("-c", "%g", _folder.At("s0")));
        using Guest guest = Guest.Connect(_folder.At("s0"));
        Assert.NotEmpty(guest.Ask(16));
    }

    [Fact]
    public void A_guest_that_is_added_later_gets_the_same()
    {
        using ChildProcess daemon = Start(
            [
                "vsock", "--vm", "guest-cid=3,socket={}/s0,uds-path={}/u", "--control-socket", "{}/c", "--socket-mode",
                "600",
            ]);
        CommandResult added = Command.Program(
            "vsock",
            "add",
            $"guest-cid=4,socket={_folder.At("s4")},uds-path={_folder.At("u4")}",
            "--control-socket",
            _folder.At("c"));
        Assert.Empty(added.Success());
        Assert.Equal(0b110_000_000, Mode("s4"));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Fact]
    public void A_group_that_is_not_there() =>
        Assert.Equal(
            "vhost-device-rng: there is no group 'no-such-group', which --socket-group names",
            Command.Rng("-s", _folder.At("s"), "--socket-group", "no-such-group").RuntimeError());

    private ChildProcess Start(string[] command)
    {
        ChildProcess daemon = ChildProcess.Start(ProgramFile.Path, [.. command.Select(a => a.Replace("{}", _folder.Path, StringComparison.Ordinal))]);
        daemon.Err.WaitFor("listening on");
        return daemon;
    }

    private int Mode(string name) => (int)File.GetUnixFileMode(_folder.At(name)) & 0x1ff;

    private static string Number(string group) =>
        int.TryParse(group, out _) ? group : Command.Run("/usr/bin/getent", ["group", group]).Success()[0].Split(':')[2];

    private static string Own(string option, params string[] more) =>
        Command.Run(option == "-c" ? "/usr/bin/stat" : "/usr/bin/id", [option, .. more]).Success()[0];
}
