// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Console;

/// <summary>vhost-device console: what is refused, and what the clients of a daemon do.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private ChildProcess? _second;

    public void Dispose()
    {
        _second?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("'Nested' is no --backend: nested or network", "-b", "Nested")]
    [InlineData("--socket-count 0 is not possible: 1 to 1024", "-c", "0")]
    [InlineData("--socket-count 2 is not possible: several sockets are for --backend network", "-c", "2")]
    [InlineData("--socket-count 2 is not possible: several sockets are for --backend network", "-c", "2", "--port", "backend=null")]
    [InlineData("--tcp-port 65535 is too large for 2 sockets: TCP ports end at 65535", "-b", "network", "-c", "2", "-p", "65535")]
    [InlineData("--max-queue-size 100 is not possible: a power of two", "-q", "100")]
    [InlineData("--port and --backend exclude each other: a port says itself what it is connected with", "-b", "nested", "--port", "backend=null")]
    [InlineData("--max-ports 1 is too little for 2 ports", "--max-ports", "1", "--port", "backend=null", "--port", "backend=null")]
    [InlineData("there is a port a already: give each its own name", "--port", "name=a", "--port", "name=a")]
    [InlineData("--port: backend=stdio is for one port", "--port", "backend=stdio", "--port", "backend=stdio")]
    [InlineData("--port kind=x: there is no kind 'x': console or serial", "--port", "kind=x")]
    [InlineData("'nowhere' is no address to listen at: 127.0.0.1:4000, [::1]:4000 or localhost:4000", "--port", "backend=tcp:nowhere")]
    public void Mistakes(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device: " + expected, Run(arguments).UsageError());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void A_folder_or_a_pipe_is_no_log()
    {
        Directory.CreateDirectory(_folder.At("folder"));
        Assert.Equal(
            $"vhost-device: {_folder.At("folder")} exists and is no ordinary file: choose another name",
            Run("--port", $"backend=log:{_folder.At("folder")}").RuntimeError());
    }

    [Fact]
    public void Ports_are_listed_added_and_removed_in_the_sandbox()
    {
        using ChildProcess daemon = Start("--port", "name=tty", "--port", "name=agent,kind=serial,backend=unix:agent", "--max-ports", "5");
        Assert.Equal(
            [
                "0 tty console null: host open, guest closed, 0 attached",
                "1 agent serial unix:agent: host closed, guest closed, 0 attached",
            ],
            Ask("list").Success());
        Assert.Equal(
            [$"2 new serial unix:{_folder.At("new")}: host closed, guest closed, 0 attached"],
            Ask("add", $"name=new,kind=serial,backend=unix:{_folder.At("new")}").Success());
        string pty = Ask("add", $"name=pty,backend=pty:{_folder.At("link")}").Success()[0];
        Assert.StartsWith("3 pty console pty:" + _folder.At("link"), pty, StringComparison.Ordinal);
        Assert.StartsWith("4 log console log:", Ask("add", $"name=log,backend=log:{_folder.At("log")}").Success()[0], StringComparison.Ordinal);
        Assert.Equal(
            "vhost-device: there is no room for another port: 5 at the most, which --max-ports says", Ask("add", "backend=null").RuntimeError());
        Assert.Empty(Ask("resize", "tty", "132x43").Success());
        Assert.StartsWith("0 tty console 132x43 null", Ask("list").Success()[0], StringComparison.Ordinal);
        foreach (string name in new[] { "new", "pty", "log" })
            Assert.Empty(Ask("remove", name).Success());
        Assert.Equal("vhost-device: there is no port 'new': 'console list' prints them", Ask("remove", "new").RuntimeError());
        Assert.DoesNotContain("new", _folder.Names);
        Assert.DoesNotContain("link", _folder.Names);
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Equal(["log"], _folder.Names);
    }

    [Fact]
    public void A_log_is_rotated_in_the_sandbox()
    {
        using (ChildProcess daemon = Start("--port", "backend=log:log,max=4096,keep=3"))
        using (ConsoleDriver guest = new(_folder.At("s0")))
        {
            for (char c = 'a'; c <= 'j'; c++)
                guest.Write(new string(c, 2048));
            daemon.Signal(Libc.SIGTERM);
            Assert.Equal(0, daemon.WaitForExit());
            Assert.DoesNotContain(daemon.Err.WaitForEnd(), static l => l.Contains("WARN", StringComparison.Ordinal));
        }

        string[] files = ["log.3", "log.2", "log.1", "log"];
        Assert.Equal(
            string.Concat("cdefghij".Select(static c => new string(c, 2048))), string.Concat(files.Select(f => File.ReadAllText(_folder.At(f)))));
        Assert.False(File.Exists(_folder.At("log.4")));
    }

    [Fact]
    public void A_guest_is_talked_to_by_scripts_and_read_along()
    {
        using ChildProcess daemon = Start("--port", "name=tty");
        using ConsoleDriver guest = new(_folder.At("s0"));
        guest.Write("early line\r\n");
        Assert.Equal(["early line"], Ask("log", "tty").Success());
        using ChildProcess follower = Begin("log", "tty", "--follow", "--record", _folder.At("cast"));
        follower.Out.WaitFor("early line");

        using ChildProcess sender = Begin("send", "tty", "who\\x03", "--enter");
        Assert.Equal("who\x03\r", guest.Read(5));
        Assert.Equal(0, sender.WaitForExit());

        using ChildProcess expect = Begin("expect", "tty", "^it is [a-z]+$", "--send", "again", "--enter", "--timeout", "20s");
        Assert.Equal("again\r", guest.Read(6));
        guest.Write("it is not\n");
        Assert.Equal(0, expect.WaitForExit());
        Assert.Equal(["it is not"], expect.Out.WaitForEnd());
        follower.Out.WaitFor("it is not");
        Assert.Equal(
            "vhost-device: nothing that fits 'x{9}' came from tty within 0.1 s", Ask("expect", "tty", "x{9}", "--timeout", "100").RuntimeError());
        Assert.Equal(["early line"], Ask("expect", "tty", "early line", "--recent").Success());

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Equal(1, follower.WaitForExit());
        string[] cast = File.ReadAllLines(_folder.At("cast"));
        Assert.StartsWith("{\"version\": 2, \"width\": 80, \"height\": 24, ", cast[0], StringComparison.Ordinal);
        Assert.EndsWith(", \"o\", \"early line\\u000d\\u000a\"]", cast[1], StringComparison.Ordinal);
    }

    [Fact]
    public void One_writes_and_others_take_his_place_only_if_they_say_so()
    {
        using ChildProcess daemon = Start("--port", "name=tty");
        using ConsoleDriver guest = new(_folder.At("s0"));
        using TextSocket first = Attach("writer");
        first.Send("in " + Convert.ToBase64String("one"u8) + "\n");
        Assert.Equal("one", guest.Read(3));
        Assert.True(first.ReadUntil(static l => l == "took 3"));
        using TextSocket second = new(_folder.At("c"));
        second.Send("attach tty writer 80x25 0\n");
        Assert.True(second.ReadUntil(static l => l.StartsWith("error somebody else is attached to tty: take --steal", StringComparison.Ordinal)));
        using TextSocket thief = Attach("thief");
        Assert.True(first.ReadUntil(static l => l == "reading"));
        first.Send("in " + Convert.ToBase64String("lost"u8) + "\n");
        Assert.True(first.ReadUntil(static l => l == "refused"));
        thief.Send("in " + Convert.ToBase64String("two"u8) + "\n");
        Assert.Equal("two", guest.Read(3));
        guest.Write("to all");
        string line = "out " + Convert.ToBase64String("to all"u8);
        Assert.True(first.ReadUntil(l => l == line));
        Assert.True(thief.ReadUntil(l => l == line));
    }

    [Fact]
    public void A_client_that_does_not_read_holds_nobody_back_for_long()
    {
        using ChildProcess daemon = Start("--port", "name=tty");
        using ConsoleDriver guest = new(_folder.At("s0"));
        using TextSocket stalled = Attach("reader");
        string text = new('x', 4096);
        for (int i = 0; i < 100; i++)
            guest.Write(text);
        stalled.Send("ack 1000000\n");
        Assert.True(stalled.ReadUntil(static l => l.StartsWith("lost ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Standard_input_and_output_are_a_port_without_a_terminal_too()
    {
        using ChildProcess daemon = ChildProcess.Start(
            "/bin/sh", ["-c", "(printf hello; exec sleep 60) | exec \"$0\" console -s \"$1\"", ProgramFile.Path, _folder.At("s")]);
        daemon.Err.WaitFor("listening on");
        using ConsoleDriver guest = new(_folder.At("s0"));
        Assert.Equal("hello", guest.Read(5));
        guest.Write("out\n");
        daemon.Out.WaitFor("out");
    }

    [Fact]
    public void A_daemon_is_killed_and_the_next_one_goes_on_with_the_guest()
    {
        using ConsoleDriver guest = Killed();
        guest.Write("after\n");
        Assert.Contains(Ask("log", "tty").Success(), static l => l == "after");
        using ChildProcess sender = Begin("send", "tty", "ok");
        Assert.Equal("ok", guest.Read(2));
    }

    private ConsoleDriver Killed()
    {
        ConsoleDriver guest;
        using (ChildProcess first = Start("--port", "name=tty"))
        {
            guest = new ConsoleDriver(_folder.At("s0"));
            guest.Write("before\n");
            first.Signal(9);
            _ = first.WaitForExit();
        }

        _second = Start("--port", "name=tty");
        guest.Reconnect(_folder.At("s0"));
        return guest;
    }

    private TextSocket Attach(string role)
    {
        TextSocket client = new(_folder.At("c"));
        client.Send($"attach tty {role} 80x25 0\n");
        Assert.True(client.ReadUntil(static l => l == "live"));
        return client;
    }

    private CommandResult Run(params string[] arguments) => Command.Program(["console", "-s", _folder.At("s"), .. arguments]);

    private CommandResult Ask(params string[] arguments) => Command.Program(["console", .. arguments, "--control-socket", _folder.At("c")]);

    private ChildProcess Begin(params string[] arguments) =>
        ChildProcess.Start(ProgramFile.Path, ["console", .. arguments, "--control-socket", _folder.At("c")]);

    private ChildProcess Start(params string[] arguments)
    {
        ChildProcess daemon = ChildProcess.Start(
            "/bin/sh",
            [
                "-c", "cd \"$0\" && exec \"$@\"", _folder.Path, ProgramFile.Path, "console", "-s", _folder.At("s"),
                "--control-socket", _folder.At("c"), .. arguments,
            ]);
        daemon.Err.WaitFor("listening on");
        return daemon;
    }
}
