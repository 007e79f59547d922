// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests;

/// <summary>What the daemon costs.</summary>
public sealed class FootprintTests
{
    // What nobody shares, and what a further daemon costs. Resident pages of the file are clean page cache: they are
    // shared by all daemons, and the kernel takes them back when it needs room.
    // Type data of all devices are in it, so this grows with each of them; it must not exceed 2.5 MB with the whole family.
    private const int MaxAnonymousKiB = 2400;

    // A board, which was read from YAML.
    private const int MaxWithBoardKiB = 2600;

    // In a container of its own: nobody shares the program with it.
    private const int MaxProportionalKiB = 9 * 1024;

    // Of the whole family.
    private const int MaxBinaryBytes = 8 * 1024 * 1024;

    [Fact]
    public void The_program_is_small() => Assert.InRange(new FileInfo(ProgramFile.Path).Length, 1, MaxBinaryBytes);

    [Theory]
    [InlineData("s0", "rng", "-s", "{}/s")]
    [InlineData("s0", "i2c", "-s", "{}/s", "--board", "demo")]
    [InlineData("s0", "gpio", "-s", "{}/s", "-l", "s4")]
    [InlineData("s0", "spi", "-s", "{}/s", "--board", "demo")]
    [InlineData("s0", "can", "-s", "{}/s", "--simulate", "a")]
    [InlineData("s0", "input", "-s", "{}/s", "--board", "demo")]
    [InlineData("s0", "console", "-s", "{}/s", "--port", "backend=null")]
    [InlineData("s", "rtc", "-s", "{}/s")]
    [InlineData("s", "scmi", "-s", "{}/s", "-d", "fake")]
    [InlineData("s", "sound", "--socket", "{}/s")]
    [InlineData("s", "scsi", "-s", "{}/s", "null=1M")]
    [InlineData("s", "vsock", "--socket", "{}/s", "--uds-path", "{}/u")]
    public void An_idle_daemon_is_small(string socket, params string[] command)
    {
        using TemporaryFolder folder = new();
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path, [.. command.Select(a => a.Replace("{}", folder.Path, StringComparison.Ordinal))]);
        daemon.Err.WaitFor($"listening on {folder.At(socket)}");
        AssertSmall(daemon.Id, command[0], command.Contains("--board") ? MaxWithBoardKiB : MaxAnonymousKiB);
    }

    [Fact]
    public void A_daemon_with_a_guest_is_small()
    {
        using Daemon daemon = Daemon.Start();
        using Guest guest = daemon.Connect();
        Assert.NotEmpty(guest.Ask(64));
        // The guest's memory counts where it is touched, and it is not the daemon's.
        AssertSmall(daemon.Process.Id, "rng with a guest", MaxAnonymousKiB);
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

    private static void AssertSmall(int process, string what, int most)
    {
        ProcessFacts facts = ProcessFacts.Of(process);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{what}: {facts.AnonymousKiB} KiB its own, Pss {facts.ProportionalKiB} KiB, resident {facts.ResidentKiB} KiB");
        Assert.InRange(facts.AnonymousKiB, 1, most);
        Assert.InRange(facts.ProportionalKiB, 1, MaxProportionalKiB);
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
