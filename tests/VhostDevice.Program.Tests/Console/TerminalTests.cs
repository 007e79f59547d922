// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Console;

/// <summary>Whatever ends a daemon, or a client, that made a terminal raw: the terminal has its mode again.</summary>
public sealed class TerminalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly OwnedFd _master;
    private readonly OwnedFd _tty;
    private readonly string _path;

    public TerminalTests()
    {
        Assert.True(Terminal.CreatePair(out OwnedFd? master, out _path).IsSuccess);
        _master = master!;
        Assert.True(Files.Open(_path, write: true, nonBlocking: false, out OwnedFd? tty).IsSuccess);
        _tty = tty!;
        // A mode that nobody would guess.
        Assert.Empty(Command.Run("/bin/sh", ["-c", $"stty sane -echoe intr '^X' columns 77 rows 11 <{_path}"]).Success());
    }

    public void Dispose()
    {
        _tty.Dispose();
        _master.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Libc.SIGTERM, 0)]
    [InlineData(2, 0)]
    [InlineData(1, 0)]
    [InlineData(9, null)]
    [InlineData(0, 0)] // the key
    public void A_daemon_gives_it_back(int signal, int? status)
    {
        string before = Mode();
        using ChildProcess daemon = Start("console", "-s", _folder.At("s"));
        daemon.Err.WaitFor("listening on");
        Eventually.Holds(() => Mode() != before, static () => "the terminal does not get raw");
        if (signal > 0)
            daemon.Signal(signal);
        else
            Type("abc\x03");
        int ended = daemon.WaitForExit();
        if (status is { } expected)
            Assert.Equal(expected, ended);
        Eventually.Holds(() => Mode() == before, () => $"{Mode()} instead of {before}");
    }

    [Theory]
    [InlineData(Libc.SIGTERM, 143)]
    [InlineData(2, 130)]
    [InlineData(9, null)]
    [InlineData(0, 0)] // the key
    public void A_client_gives_it_back(int signal, int? status)
    {
        string before = Mode();
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path, ["console", "-s", _folder.At("s"), "--port", "name=tty", "--control-socket", _folder.At("c")]);
        daemon.Err.WaitFor("listening on");
        using ConsoleDriver guest = new(_folder.At("s0"));
        using ChildProcess client = Start("console", "attach", "tty", "--control-socket", _folder.At("c"));
        Eventually.Holds(() => Mode() != before, static () => "the terminal does not get raw");
        Type("key");
        Assert.Equal("key", guest.Read(3));
        if (signal > 0)
            client.Signal(signal);
        else
            Type("\x1d");
        int ended = client.WaitForExit();
        if (status is { } expected)
            Assert.Equal(expected, ended);
        Eventually.Holds(() => Mode() == before, () => $"{Mode()} instead of {before}");
        Assert.Contains(
            Command.Program("console", "list", "--control-socket", _folder.At("c")).Success(),
            static l => l.StartsWith("0 tty console 77x11 null", StringComparison.Ordinal));
    }

    private ChildProcess Start(params string[] arguments) =>
        ChildProcess.Start(ProgramFile.Path, arguments, new ChildOptions { Inherited = [(0, _tty), (1, _tty)] });

    private string Mode() => Assert.Single(Command.Run("/bin/sh", ["-c", $"stty -g <{_path}"]).Success());

    private unsafe void Type(string keys)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(keys);
        fixed (byte* p = bytes)
            Assert.Equal(bytes.Length, FileIo.Write(_master.Fd, p, (nuint)bytes.Length, out _));
    }
}
