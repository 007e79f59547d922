// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Operation;

/// <summary>SIGUSR1: a page of state in the log.</summary>
public sealed unsafe class StateTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("1000000")]
    public void It_tells_of_connections_memory_and_rings(string pollMicroseconds)
    {
        // Also where the log is off otherwise.
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 2, "--poll-us", pollMicroseconds, "--log-level", "error");
        using Guest guest = daemon.Connect(1);
        Assert.Equal(100, guest.Ask(100).Length);
        string[] page = Ask(daemon);
        Assert.Contains("state: 2 sockets", page[0], StringComparison.Ordinal);
        Assert.EndsWith(
            "] the sandbox is on (full): no privileges, no system calls and no folders but those that the device needs",
            page[1],
            StringComparison.Ordinal);
        Assert.Contains(page, l => l.Contains($"{daemon.Socket(0)}: connections 0, accepted 0,", StringComparison.Ordinal));
        Assert.Contains(
            page,
            l =>
                l.Contains(
                    $"{daemon.Socket(1)}: connections 1, accepted 1, reconnects 0, protocol errors 0, broken rings 0",
                    StringComparison.Ordinal));
        Assert.Contains(page, l => l.Contains("has the device, status 0xf ACKNOWLEDGE DRIVER DRIVER_OK FEATURES_OK", StringComparison.Ordinal));
        Assert.Contains(page, l => l.Contains("  features ", StringComparison.Ordinal) && l.Contains("VIRTIO_F_VERSION_1", StringComparison.Ordinal));
        Assert.Contains(page, l => l.Contains("  protocol features ", StringComparison.Ordinal) && l.Contains("REPLY_ACK", StringComparison.Ordinal));
        Assert.Contains(page, l => l.Contains("  memory 0x40000000, 0x100000 bytes", StringComparison.Ordinal));
        string ring = Assert.Single(page, l => l.Contains("  ring 0: ", StringComparison.Ordinal));
        Assert.Contains("ring 0: live, split, size 64, base 1, in flight 0; kicks ", ring, StringComparison.Ordinal);
        Assert.Contains("chains 1, bytes read 0, bytes written 100, malformed 0, errors 0", ring, StringComparison.Ordinal);

        // And again, of another state.
        *guest.Queue.AvailableIndex += 1000;
        guest.Queue.Kick();
        Assert.True(guest.Queue.Notifier!.WaitForError(Patience.Time));
        Assert.Contains(Ask(daemon), l => l.Contains("  ring 0: broken", StringComparison.Ordinal));
        daemon.Stop();
    }

    // No front-end can bring that about; a debugger can.
    [Fact]
    public void A_loop_that_is_stuck_does_not_hide_the_others()
    {
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 2);
        using Guest bad = daemon.Connect(0);
        using Guest good = daemon.Connect(1);
        using (TakenOverThread.Take(daemon.Process, daemon.Process.Id))
        {
            string[] page = Ask(daemon);
            Assert.Contains(page, l => l.Contains($"{daemon.Socket(0)}: its loop does not answer; connections 1", StringComparison.Ordinal));
            Assert.Contains(page, l => l.Contains($"{daemon.Socket(1)}:   ring 0: live", StringComparison.Ordinal));
            Assert.NotEmpty(good.Ask(64));

            // Who asks while a page is being told gets one, too.
            int after = daemon.Log.Lines.Length;
            daemon.Process.Signal(Libc.SIGUSR1);
            int first = daemon.Log.WaitFor("state: 2 sockets", after);
            daemon.Process.Signal(Libc.SIGUSR1);
            int end = daemon.Log.WaitFor("state: end", first);
            daemon.Log.WaitFor("state: end", end + 1);
        }
    }

    private static string[] Ask(Daemon daemon)
    {
        int after = daemon.Log.Lines.Length;
        daemon.Process.Signal(Libc.SIGUSR1);
        int end = daemon.Log.WaitFor("state: end", after);
        int start = daemon.Log.WaitFor("state: ", after);
        return daemon.Log.Lines[start..end];
    }
}
