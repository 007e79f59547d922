// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

public sealed class SocketPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_socket_is_numbered_too()
    {
        using ChildProcess daemon = Start("-s", _folder.At("x.sock"));
        daemon.Err.WaitFor($"listening on {_folder.At("x.sock0")}");
        Assert.Equal(["x.sock0"], _folder.Names);
    }

    [Fact]
    public void Several_are_numbered_from_0()
    {
        using ChildProcess daemon = Start("-s", _folder.At("x"), "-c", "3");
        daemon.Err.WaitFor("x2");
        Assert.Equal(["x0", "x1", "x2"], _folder.Names);
    }

    [Fact]
    public void A_slash_at_the_end_does_not_count()
    {
        using ChildProcess daemon = Start("-s", _folder.At("d") + "//");
        daemon.Err.WaitFor($"listening on {_folder.At("d0")}");
        Assert.Equal(["d0"], _folder.Names);
    }

    [Fact]
    public void A_relative_path_is_below_the_current_folder()
    {
        using ChildProcess daemon = ChildProcess.Start("/bin/sh", ["-c", "cd \"$1\" && exec \"$0\" -s x", ProgramFile.RngLink, _folder.Path]);
        daemon.Err.WaitFor("listening on x0");
        Assert.Equal(["x0"], _folder.Names);
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void A_path_may_begin_like_a_response_file_or_an_abstract_name()
    {
        using ChildProcess daemon = ChildProcess.Start("/bin/sh", ["-c", "cd \"$1\" && exec \"$0\" -s @x", ProgramFile.RngLink, _folder.Path]);
        daemon.Err.WaitFor("listening on @x0");
        Assert.Equal(["@x0"], _folder.Names);
    }

    [Fact]
    public void As_many_sockets_as_allowed()
    {
        using ChildProcess daemon = Start("-s", _folder.At("x"), "-c", "1024");
        daemon.Err.WaitFor("x1023");
        Assert.Equal(1024, _folder.Names.Length);
        using (Guest guest = Guest.Connect(_folder.At("x1023")))
            Assert.NotEmpty(guest.Ask(8));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void More_sockets_than_descriptors()
    {
        CommandResult result = Command.Run("/bin/sh", ["-c", "ulimit -n 60; exec \"$0\" -s \"$1\" -c 100", ProgramFile.RngLink, _folder.At("x")]);
        Assert.Contains("Too many open files", result.RuntimeError(), StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    private static ChildProcess Start(params string[] arguments) => ChildProcess.Start(ProgramFile.RngLink, arguments);
}
