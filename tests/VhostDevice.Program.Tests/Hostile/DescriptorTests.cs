// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Hostile;

/// <summary>Too few descriptors, at the start or later.</summary>
public sealed class DescriptorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_daemon_that_runs_out_of_them_serves_again_when_some_are_free()
    {
        using ChildProcess daemon = ChildProcess.Start(
            "/bin/sh", ["-c", "ulimit -n 24; exec \"$0\" -s \"$1\"", ProgramFile.RngLink, _folder.At("rng")]);
        daemon.Err.WaitFor("listening on");
        List<FrontEndConnection> idle = [];
        for (int i = 0; i < 24; i++)
            idle.Add(FrontEndConnection.Connect(_folder.At("rng0")));
        daemon.Err.WaitFor("cannot be accepted: Too many open files");
        foreach (FrontEndConnection connection in idle)
            connection.Dispose();
        using (Guest guest = Guest.Connect(_folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(64));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        // Told once, with what helps, and not every second anew.
        string told = Assert.Single(daemon.Err.Lines, l => l.Contains("cannot be accepted", StringComparison.Ordinal));
        Assert.Contains("LimitNOFILE=", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_streams_that_are_closed_do_not_become_something_else()
    {
        using OwnedFd manager = Sockets.BindDatagram(_folder.At("notify"));
        using ChildProcess daemon = ChildProcess.Start(
            "/bin/sh",
            ["-c", "exec \"$0\" -s \"$1\" --log-level trace <&- >&- 2>&-", ProgramFile.RngLink, _folder.At("rng")],
            new ChildOptions { Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = _folder.At("notify") } });
        Assert.Equal("READY=1", Sockets.ReceiveText(manager));
        for (int i = 0; i <= 2; i++)
            Assert.StartsWith("/dev/", new FileInfo($"/proc/{daemon.Id}/fd/{i}").LinkTarget, StringComparison.Ordinal);
        using (Guest guest = Guest.Connect(_folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(64));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Fact]
    public void More_front_ends_than_are_served_at_a_time_wait_their_turn()
    {
        using Daemon daemon = Daemon.Start();
        List<FrontEndConnection> idle = [];
        for (int i = 0; i < 40; i++)
            idle.Add(FrontEndConnection.Connect(daemon.Socket()));
        foreach (FrontEndConnection connection in idle)
        {
            connection.ReplyTimeout = Patience.Time;
            Assert.NotEqual(0ul, connection.GetFeatures());
            connection.Dispose();
        }

        using Guest guest = daemon.Connect();
        Assert.NotEmpty(guest.Ask(64));
    }
}
