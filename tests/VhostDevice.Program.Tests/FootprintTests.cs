// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests;

/// <summary>What the daemon costs.</summary>
public sealed class FootprintTests
{
    private const int MaxResidentKiB = 8 * 1024;

    // Of the whole family.
    private const int MaxBinaryBytes = 8 * 1024 * 1024;

    [Fact]
    public void The_program_is_small() => Assert.InRange(new FileInfo(ProgramFile.Path).Length, 1, MaxBinaryBytes);

    [Fact]
    public void An_idle_daemon_is_small()
    {
        using Daemon daemon = Daemon.Start();
        Assert.InRange(ProcessFacts.Of(daemon.Process.Id).ResidentKiB, 1, MaxResidentKiB);
    }

    // What the start needed is let go of, but not what the start wrote: relocations, and the runtime's stack cookie, for
    // which it made a page of its read-only data writable for a moment.
    [Fact]
    public void What_was_written_into_read_only_pages_is_still_there()
    {
        using Daemon daemon = Daemon.Start();
        string program = Path.GetFullPath(ProgramFile.Path);
        string mapping = "";
        int written = 0;
        foreach (string line in File.ReadLines($"/proc/{daemon.Process.Id}/smaps"))
        {
            if (line.Contains('/', StringComparison.Ordinal) || line.Contains('[', StringComparison.Ordinal))
                mapping = line;
            else if (line.StartsWith("Anonymous:", StringComparison.Ordinal) && !line.EndsWith(" 0 kB", StringComparison.Ordinal) && mapping.EndsWith(program, StringComparison.Ordinal) && mapping.Contains(" r--p ", StringComparison.Ordinal))
                written++;
        }

        Assert.Equal(2, written);
    }

    [Fact]
    public void A_daemon_with_a_guest_is_small()
    {
        using Daemon daemon = Daemon.Start();
        using Guest guest = daemon.Connect();
        Assert.NotEmpty(guest.Ask(64));
        // The guest's memory counts where it is touched, and it is not the daemon's.
        Assert.InRange(ProcessFacts.Of(daemon.Process.Id).AnonymousKiB, 1, MaxResidentKiB);
    }

    [Fact]
    public void A_million_requests_allocate_nothing()
    {
        const int deep = 900_000, shallow = 100_000;
        using Daemon daemon = Daemon.Start();
        using Guest guest = daemon.Connect();
        Serve(guest, 10_000, guest.Queue.Size);
        Serve(guest, 1_000, 1);
        long before = ProcessFacts.Of(daemon.Process.Id).AnonymousKiB;
        Serve(guest, deep, guest.Queue.Size);
        Serve(guest, shallow, 1);
        long after = ProcessFacts.Of(daemon.Process.Id).AnonymousKiB;
        TestContext.Current.TestOutputHelper?.WriteLine($"{before} → {after} KiB");
        // The smallest object has 24 bytes: one for each request would be 23 MiB, one for each turn 2 MiB, all of which
        // shows, for the collector does not run before.
        Assert.InRange(after - before, int.MinValue, 256);
    }

    private static void Serve(Guest guest, int count, int depth)
    {
        for (int served = 0; served < count;)
        {
            while (guest.Queue.InFlight < depth)
                guest.Queue.Add(DriverBuffer.Writable(guest.Room, 8));
            guest.Queue.Submit();
            Assert.True(guest.Queue.WaitForUsed(Patience.Time), "No answer came.");
            while (guest.Queue.TryPop(out _))
                served++;
        }
    }
}
