// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Life;

/// <summary>The socket stays where it is from start to end, and a new daemon takes over what a dead one left.</summary>
public sealed class SocketTests
{
    [Fact]
    public void It_is_the_same_for_guest_after_guest()
    {
        using Daemon daemon = Daemon.Start();
        string before = Inode(daemon.Socket());
        for (int i = 0; i < 5; i++)
        {
            using (Guest guest = daemon.Connect())
                Assert.NotEmpty(guest.Ask(16));
            Assert.Equal(before, Inode(daemon.Socket()));
        }
    }

    [Fact]
    public async Task A_second_front_end_waits_for_the_first_to_leave()
    {
        using Daemon daemon = Daemon.Start("--log-level", "info");
        Guest first = daemon.Connect();
        Assert.NotEmpty(first.Ask(16));
        Task<Guest> second = Task.Run(() => daemon.Connect(), TestContext.Current.CancellationToken);
        daemon.Log.WaitFor("another front-end has the device");
        // The first one does not notice.
        Assert.NotEmpty(first.Ask(16));
        Assert.False(second.IsCompleted);
        first.Dispose();
        using Guest guest = await second.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
        Assert.NotEmpty(guest.Ask(16));
    }

    [Fact]
    public void A_front_end_that_waits_may_leave()
    {
        using Daemon daemon = Daemon.Start();
        using Guest first = daemon.Connect();
        FrontEndConnection impatient = FrontEndConnection.Connect(daemon.Socket());
        impatient.SetMemTable(first.Device.Memory);
        daemon.Log.WaitFor("another front-end has the device");
        impatient.Dispose();
        Assert.NotEmpty(first.Ask(16));
        first.Dispose();
        using Guest next = daemon.Connect();
        Assert.NotEmpty(next.Ask(16));
    }

    [Fact]
    public void Requests_in_flight_of_a_guest_that_died_do_not_matter()
    {
        using Daemon daemon = Daemon.Start("-m", "8", "-p", "50");
        for (int i = 0; i < 3; i++)
        {
            using Guest guest = daemon.Connect();
            Assert.NotEmpty(guest.Ask(8));
            for (int k = 0; k < 20; k++)
                guest.Submit(guest.Room + (ulong)(k * 8), 8);
        }
    }

    [Fact]
    public void After_a_crash_the_next_daemon_replaces_it()
    {
        using Daemon first = Daemon.Start(new TemporaryFolder(), 2);
        using Guest guest = first.Connect();
        Assert.NotEmpty(guest.Ask(16));
        first.Process.Signal(Libc.SIGKILL);
        Assert.Equal(128 + Libc.SIGKILL, first.Process.WaitForExit());
        Assert.Equal(["rng0", "rng1"], first.Folder.Names);

        using ChildProcess second = Daemon.Launch(first.Folder, 2);
        second.Err.WaitFor($"listening on {first.Socket(1)}");
        // The guest was not restarted: it carries on where it was.
        guest.Device.Reattach(FrontEndConnection.Connect(first.Socket()));
        Assert.NotEmpty(guest.Ask(16));
        second.Signal(Libc.SIGTERM);
        Assert.Equal(0, second.WaitForExit());
        Assert.Empty(first.Folder.Names);
    }

    [Fact]
    public void A_socket_that_somebody_removed_is_no_problem_at_the_end()
    {
        using Daemon daemon = Daemon.Start();
        File.Delete(daemon.Socket());
        daemon.Stop();
    }

    // Number and time of birth: a number may be used again.
    private static string Inode(string path) => Assert.Single(Command.Run("/usr/bin/stat", ["-c", "%i %W", path]).Success());
}
