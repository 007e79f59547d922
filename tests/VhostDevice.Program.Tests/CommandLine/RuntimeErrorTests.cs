// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>Exit 1 and one line that says what to change.</summary>
public sealed class RuntimeErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.At("rng");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("the random source /nonexistent cannot be opened: No such file or directory", "-f", "/nonexistent")]
    [InlineData("the random source /dev/null/x cannot be opened: Not a directory", "-f", "/dev/null/x")]
    [InlineData("the random source /dev cannot be opened: Is a directory", "-f", "/dev")]
    public void Values(string expected, params string[] arguments)
    {
        Assert.Equal("vhost-device-rng: " + expected, Command.Rng(["-s", Path, .. arguments]).RuntimeError());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void The_directory_is_missing() =>
        AssertCannotListen(_folder.At("no/rng"), $"the directory {_folder.At("no")} does not exist");

    [Fact]
    public void The_directory_is_a_file()
    {
        File.WriteAllText(_folder.At("file"), "");
        AssertCannotListen(_folder.At("file/rng"), "Not a directory");
    }

    [Theory]
    [InlineData("")]
    [InlineData("content")]
    public void The_path_is_a_file(string content)
    {
        File.WriteAllText(Path + "0", content);
        string error = Command.Rng("-s", Path).RuntimeError();
        Assert.Equal($"vhost-device-rng: {Path}0 exists and is no socket: remove it or choose another --socket-path", error);
        Assert.Equal(content, File.ReadAllText(Path + "0"));
    }

    [Fact]
    public void The_path_is_a_directory()
    {
        Directory.CreateDirectory(Path + "0");
        Assert.Contains("exists and is no socket", Command.Rng("-s", Path).RuntimeError(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_path_is_a_link_to_nothing()
    {
        File.CreateSymbolicLink(Path + "0", _folder.At("nothing"));
        string error = Command.Rng("-s", Path).RuntimeError();
        Assert.Equal($"vhost-device-rng: {Path}0 exists and cannot be replaced: remove it or choose another --socket-path", error);
    }

    [Fact]
    public void Another_program_listens_and_takes_no_connections()
    {
        using VhostDevice.Linux.OwnedFd deaf = Sockets.Listen(Path + "0");
        List<VhostDevice.Linux.OwnedFd> waiting = [];
        while (VhostDevice.Linux.UnixSocket.Connect(Path + "0", nonBlocking: true, out VhostDevice.Linux.OwnedFd? next).IsSuccess)
            waiting.Add(next!);
        Assert.Contains("another program listens on", Command.Rng("-s", Path).RuntimeError(), StringComparison.Ordinal);
        waiting.ForEach(w => w.Dispose());
    }

    [Fact]
    public void Another_program_listens()
    {
        using Daemon other = Daemon.Start();
        string error = Command.Rng("-s", other.Folder.At("rng")).RuntimeError();
        Assert.Equal($"vhost-device-rng: another program listens on {other.Socket()}: stop it or choose another --socket-path", error);
        using Guest guest = other.Connect();
        Assert.NotEmpty(guest.Ask(16));
    }

    [Fact]
    public void The_path_is_too_long()
    {
        string path = _folder.At(new string('x', 106 - _folder.Path.Length));
        AssertCannotListen(path, "a socket path has at most 107 bytes");
    }

    [Fact]
    public void The_longest_path_is_good()
    {
        string path = _folder.At(new string('x', 105 - _folder.Path.Length));
        using ChildProcess daemon = ChildProcess.Start(ProgramFile.RngLink, ["-s", path]);
        daemon.Err.WaitFor($"listening on {path}0");
    }

    [Fact]
    public void Sockets_made_before_the_mistake_are_removed()
    {
        File.WriteAllText(Path + "2", "");
        Assert.Contains(Path + "2", Command.Rng("-s", Path, "-c", "4").RuntimeError(), StringComparison.Ordinal);
        Assert.Equal(["rng2"], _folder.Names);
    }

    [Fact]
    public void No_permission()
    {
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        if (Libc.geteuid() != 0)
        {
            AssertCannotListen(Path, $"no permission to write to {_folder.Path}");
            return;
        }

        // Permissions do not bind root: somebody else must try.
        using TemporaryFolder open = new();
        File.SetUnixFileMode(open.Path, (UnixFileMode)0b101_101_101);
        string program = open.At("vhost-device-rng");
        File.Copy(ProgramFile.Path, program);
        File.SetUnixFileMode(program, (UnixFileMode)0b101_101_101);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b101_101_101);
        CommandResult result = Command.Run("/usr/bin/setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", program, "-s", Path]);
        Assert.Equal($"vhost-device-rng: cannot listen on {Path}0: no permission to write to {_folder.Path}", result.RuntimeError());
    }

    private static void AssertCannotListen(string path, string why) =>
        Assert.Equal($"vhost-device-rng: cannot listen on {path}0: {why}", Command.Rng("-s", path).RuntimeError());
}
