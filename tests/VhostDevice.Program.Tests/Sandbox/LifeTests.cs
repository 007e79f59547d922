// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Program.Tests.Sandbox;

/// <summary>What happens late in a daemon's life happens inside the sandbox.</summary>
public sealed class LifeTests
{
    [Fact]
    public void A_collection_of_garbage_does_no_harm()
    {
        // Every connection makes garbage: a small heap limit has it collected several times.
        using TemporaryFolder folder = new();
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.RngLink,
            ["-s", folder.At("rng")],
            new ChildOptions { Environment = new Dictionary<string, string> { ["DOTNET_GCgen0size"] = "10000" } });
        daemon.Err.WaitFor("listening on");
        for (int i = 0; i < 200; i++)
        {
            using Guest guest = Guest.Connect(folder.At("rng0"));
            Assert.NotEmpty(guest.Ask(64));
        }

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData("rng")]
    [InlineData("./rng")]
    public void A_relative_path_is_removed_too(string path)
    {
        using TemporaryFolder folder = new();
        using ChildProcess daemon = ChildProcess.Start(
            "/bin/sh", ["-c", "cd \"$1\" && exec \"$0\" -s \"$2\"", ProgramFile.RngLink, folder.Path, path]);
        daemon.Err.WaitFor("listening on");
        Assert.Equal(["rng0"], folder.Names);
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Empty(folder.Names);
    }

    // The runtime ends itself so when it finds itself broken; the sandbox lets it.
    [Fact]
    public void An_abort_is_still_an_abort()
    {
        const int SIGABRT = 6;
        using Daemon daemon = Daemon.Start();
        daemon.Process.Signal(SIGABRT);
        Assert.Equal(128 + SIGABRT, daemon.Process.WaitForExit());
    }

    [Fact]
    public void It_may_signal_its_own_threads()
    {
        using Daemon daemon = Daemon.Start();
        using TakenOverThread thread = TakenOverThread.Take(daemon.Process, daemon.Process.Id);
        Assert.Equal(0, thread.Call(SystemCalls.tgkill.Number, (ulong)daemon.Process.Id, (ulong)daemon.Process.Id, 0));
    }
}
