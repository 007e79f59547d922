// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Life;

/// <summary>SIGTERM, SIGINT, SIGQUIT and SIGHUP end the daemon at once, with status 0 and its sockets removed, whatever it is doing.</summary>
public sealed class SignalTests
{
    // A second at most on a machine that is not busy; less than anything that the daemon itself could wait for.
    private const int PromptMilliseconds = 4000;

    public static readonly TheoryData<int> Signals = [Libc.SIGTERM, Libc.SIGINT, Libc.SIGHUP, Libc.SIGQUIT];

    [Theory]
    [MemberData(nameof(Signals))]
    public void While_idle(int signal)
    {
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 3);
        AssertEnds(daemon, signal);
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public void While_a_front_end_is_attached(int signal)
    {
        using Daemon daemon = Daemon.Start();
        using Guest guest = daemon.Connect();
        Assert.NotEmpty(guest.Ask(64));
        AssertEnds(daemon, signal);
        Assert.True(guest.Device.Connection.WaitForDisconnect(Patience.Time));
    }

    [Fact]
    public void While_a_guest_is_rate_limited()
    {
        using Daemon daemon = Daemon.Start("--max-bytes", "1", "--period", "65536");
        using Guest guest = daemon.Connect();
        Assert.Single(guest.Ask(1));
        guest.Submit(guest.Room, 64);
        // An answered message shows that the daemon is past the kick.
        Assert.NotEqual(0ul, guest.Device.Connection.GetFeatures());
        AssertEnds(daemon, Libc.SIGTERM);
    }

    [Fact]
    public void While_a_fifo_has_no_writer()
    {
        using TemporaryFolder folder = new();
        using Daemon daemon = Daemon.Start("-f", folder.MakeFifo("fifo"));
        using Guest guest = daemon.Connect();
        guest.Submit(guest.Room, 64);
        Assert.NotEqual(0ul, guest.Device.Connection.GetFeatures());
        AssertEnds(daemon, Libc.SIGTERM);
    }

    [Fact]
    public void While_a_fifo_has_a_writer_that_says_nothing()
    {
        using TemporaryFolder folder = new();
        string fifo = folder.MakeFifo("fifo");
        using Daemon daemon = Daemon.Start("-f", fifo);
        using FileStream writer = new(fifo, FileMode.Open, FileAccess.Write);
        using Guest guest = daemon.Connect();
        guest.Submit(guest.Room, 64);
        AssertEnds(daemon, Libc.SIGTERM);
    }

    [Fact]
    public void While_guests_keep_it_busy()
    {
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 2);
        using Guest first = daemon.Connect(0);
        using Guest second = daemon.Connect(1);
        foreach (Guest guest in new[] { first, second })
        {
            for (int i = 0; i < 64; i++)
                guest.Queue.Add(VhostUser.FrontEnd.DriverBuffer.Writable(guest.Room, 256 * 1024));
            guest.Queue.Submit();
        }

        AssertEnds(daemon, Libc.SIGTERM);
    }

    [Fact]
    public void While_busy_polling()
    {
        // Several times: a signal once got lost between two looks, every now and then.
        for (int i = 0; i < 20; i++)
        {
            using Daemon daemon = Daemon.Start("--poll-us", "1000000");
            using Guest guest = daemon.Connect();
            Assert.NotEmpty(guest.Ask(64));
            AssertEnds(daemon, Libc.SIGTERM);
        }
    }

    [Theory]
    [InlineData("INT", Libc.SIGINT)] // as a shell script starts what it puts into the background
    [InlineData("HUP", Libc.SIGHUP)] // as nohup does
    public void Unless_it_was_started_with_the_signal_ignored(string name, int signal)
    {
        using TemporaryFolder folder = new();
        using ChildProcess daemon = ChildProcess.Start(
            "/bin/sh", ["-c", $"trap '' {name}; exec \"$0\" -s \"$1\"", ProgramFile.RngLink, folder.At("rng")]);
        daemon.Err.WaitFor("listening on");
        daemon.Signal(signal);
        using (Guest guest = Guest.Connect(folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(64));
        Assert.False(daemon.HasExited);
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Twice_is_once()
    {
        using Daemon daemon = Daemon.Start();
        daemon.Process.Signal(Libc.SIGTERM);
        daemon.Process.Signal(Libc.SIGINT);
        Assert.Equal(0, daemon.Process.WaitForExit());
        Assert.False(File.Exists(daemon.Socket()));
    }

    private static void AssertEnds(Daemon daemon, int signal)
    {
        long start = Environment.TickCount64;
        daemon.Stop(signal);
        Assert.InRange(Environment.TickCount64 - start, 0, PromptMilliseconds);
        Assert.DoesNotContain(daemon.Log.WaitForEnd(), l => l.Contains("ERROR", StringComparison.Ordinal));
    }
}
