// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>systemd's conventions: sockets handed over (sd_listen_fds(3)), word of being ready (sd_notify(3)).</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sockets_that_were_handed_over_are_served()
    {
        using OwnedFd first = Sockets.Listen(_folder.At("a"));
        using OwnedFd second = Sockets.Listen(_folder.At("b"));
        using ChildProcess daemon = Activated("LISTEN_PID=$$ LISTEN_FDS=2", ["-m", "2", "-p", "1"], (3, first), (4, second));
        daemon.Err.WaitFor($"listening on {_folder.At("a")}");
        daemon.Err.WaitFor($"listening on {_folder.At("b")}");
        using (Guest guest = Guest.Connect(_folder.At("a")))
            Assert.NotEmpty(guest.Ask(1));
        using (Guest guest = Guest.Connect(_folder.At("b")))
            Assert.Single(guest.Ask(10)); // its share of the limit, which is two bytes for both
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Equal(["a", "b"], _folder.Names);
    }

    [Fact]
    public void Sockets_that_nobody_serves_are_warned_of()
    {
        using OwnedFd first = Sockets.Listen(_folder.At("a"));
        using ChildProcess daemon = Activated("LISTEN_PID=$$ LISTEN_FDS=1", ["-s", _folder.At("rng")], (3, first));
        daemon.Err.WaitFor($"listening on {_folder.At("rng0")}");
        Assert.Contains(
            daemon.Err.Lines,
            l =>
                l.Contains("WARN", StringComparison.Ordinal)
                    && l.Contains("that the service manager handed over are not served", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("LISTEN_FDS=1")]
    [InlineData("LISTEN_PID=1 LISTEN_FDS=1")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=0")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=x")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=-1")]
    public void Sockets_for_another_process_are_not_taken(string variables)
    {
        using OwnedFd socket = Sockets.Listen(_folder.At("a"));
        using ChildProcess daemon = Activated(variables, [], (3, socket));
        Assert.Equal(2, daemon.WaitForExit());
        Assert.Equal("vhost-device-rng: --socket-path PATH is missing (or --fd FDNUM)", daemon.Err.WaitForEnd()[0]);
    }

    [Fact]
    public void A_count_that_differs_is_a_mistake()
    {
        using OwnedFd socket = Sockets.Listen(_folder.At("a"));
        using ChildProcess daemon = Activated("LISTEN_PID=$$ LISTEN_FDS=1", ["-c", "2"], (3, socket));
        Assert.Equal(2, daemon.WaitForExit());
        Assert.Equal("vhost-device-rng: --socket-count asks for 2, and the service manager handed over 1", daemon.Err.WaitForEnd()[0]);
    }

    [Fact]
    public void A_descriptor_that_is_no_socket_is_named()
    {
        using OwnedFd socket = Sockets.Listen(_folder.At("a"));
        using ChildProcess daemon = Activated("LISTEN_PID=$$ LISTEN_FDS=2", [], (3, socket));
        Assert.Equal(1, daemon.WaitForExit());
        Assert.StartsWith("vhost-device-rng: file descriptor 4 is no", Assert.Single(daemon.Err.WaitForEnd()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_explicit_path_wins()
    {
        using OwnedFd socket = Sockets.Listen(_folder.At("a"));
        using ChildProcess daemon = Activated("LISTEN_PID=$$ LISTEN_FDS=1", ["-s", _folder.At("rng")], (3, socket));
        daemon.Err.WaitFor($"listening on {_folder.At("rng0")}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ready_and_stopping_are_announced(bool isAbstract)
    {
        string address = isAbstract ? "@" + _folder.At("notify") : _folder.At("notify");
        using OwnedFd manager = Sockets.BindDatagram(address);
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.RngLink, ["-s", _folder.At("rng")],
            new ChildOptions { Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = address } });
        Assert.Equal("READY=1", Sockets.ReceiveText(manager));
        // Ready means that nobody is turned away from now on.
        using (Guest guest = Guest.Connect(_folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(8));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal("STOPPING=1", Sockets.ReceiveText(manager));
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("/nonexistent/notify")]
    [InlineData("vsock:2:1234")]
    public void A_manager_that_cannot_be_told_does_not_matter(string address)
    {
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.RngLink, ["-s", _folder.At("rng")],
            new ChildOptions { Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = address } });
        daemon.Err.WaitFor("listening on");
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    // The process id in LISTEN_PID is known in the process itself only, before it becomes the program.
    private static ChildProcess Activated(string variables, string[] arguments, params (int, OwnedFd)[] inherited) =>
        ChildProcess.Start(
            "/bin/sh",
            ["-c", $"{variables} exec \"$0\" \"$@\"", ProgramFile.RngLink, .. arguments],
            new ChildOptions { Inherited = inherited });
}
