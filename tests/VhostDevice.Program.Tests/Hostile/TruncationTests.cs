// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Hostile;

/// <summary>
/// A front-end that truncates the file of memory that the daemon has mapped: whoever touches what is gone gets SIGBUS.
/// It costs the connection. These tests never touch memory that they truncated, they would not survive it themselves.
/// </summary>
public sealed class TruncationTests : IDisposable
{
    private const string Ended = "the front-end truncated the file of memory";
    private const ulong RingMemory = 1 << 20;
    private const ulong BufferMemory = 8 << 20;
    private const int BufferSize = 64 * 1024;

    // The garbage collector's heap has a rhythm of its own; a region left behind by each round would be more.
    private const int AllowedMappings = 20;

    private readonly Daemon _daemon = Daemon.Start(new TemporaryFolder(), 2);
    private readonly ProcessFacts _idle;

    public TruncationTests()
    {
        // Before any guest: the daemon may notice later than we that one has left.
        ProcessFacts idle = ProcessFacts.Of(_daemon.Process.Id);
        Serve(0);
        Serve(1);
        // A socket listens before it has its thread.
        _idle = idle with { Threads = ProcessFacts.Of(_daemon.Process.Id).Threads };
    }

    public void Dispose() => _daemon.Dispose();

    [Fact]
    public void It_costs_the_connection_and_nothing_else()
    {
        using Guest good = _daemon.Connect(1);
        Random random = new(4);
        for (int round = 0; round < 100; round++)
        {
            // Buffers only, rings only, both; and as much of it as chance has it.
            bool rings = round % 3 != 0, buffers = round % 3 != 1;
            using FrontEndMemory memory = Memory();
            using Guest bad = Guest.Connect(_daemon.Socket(0), Guest.Options with { Memory = memory });
            OfferEverything(bad);
            Thread.SpinWait(random.Next(200_000));
            if (rings)
                Truncate(memory, 0, 0);
            if (buffers)
                Truncate(memory, 1, (ulong)random.Next((int)BufferMemory / 2));
            // There may have been nothing left to do; from now on there is.
            bad.Queue.Kick();
            if (rings)
                AssertEnded(bad);
            Assert.NotEmpty(good.Ask(64));
        }

        _daemon.Log.WaitFor(Ended);
        AssertUnharmed(good);
    }

    [Fact]
    public void A_loop_that_polls_notices_without_a_kick()
    {
        using Daemon daemon = Daemon.Start("--poll-us", "1000000");
        using (FrontEndMemory memory = Memory())
        using (Guest bad = Guest.Connect(daemon.Socket(), Guest.Options with { Memory = memory }))
        {
            Assert.NotEmpty(bad.Ask(64));
            Truncate(memory, 0, 0);
            daemon.Log.WaitFor(Ended);
        }

        using Guest next = daemon.Connect();
        Assert.NotEmpty(next.Ask(64));
    }

    [Fact]
    public void Memory_that_was_removed_does_not_matter_any_more()
    {
        using FrontEndMemory memory = Memory();
        using Guest guest = Guest.Connect(_daemon.Socket(0), Guest.Options with { Memory = memory });
        guest.Device.Connection.RemMemReg(memory.Regions[1].Entry).ThrowIfNegative();
        Truncate(memory, 1, 0);
        // The ring and its buffer are in the other one.
        Assert.NotEmpty(guest.Ask(64));
        Assert.DoesNotContain(_daemon.Log.Lines, l => l.Contains(Ended, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_can_be_sealed_is_sealed()
    {
        Assert.True(MemFd.CreateShrinkable("guest-memory", RingMemory, mayBeSealed: true, out OwnedFd? file).IsSuccess);
        using (file)
        using (Guest guest = _daemon.Connect(0))
        {
            guest.Device.Connection.AddMemReg(
                new VhostDevice.VhostUser.Wire.MemoryRegionEntry
                {
                    GuestAddress = 1UL << 40,
                    UserAddress = 1UL << 40,
                    Size = RingMemory,
                },
                file!).ThrowIfNegative();
            Assert.True(MemFd.CannotShrink(file!.Fd));
            Assert.Equal(Errno.EPERM, Files.Truncate(file.Fd, 0));
        }
    }

    [Fact]
    public void A_bus_error_that_somebody_sends_still_ends_the_process()
    {
        _daemon.Process.Signal(Libc.SIGBUS);
        Assert.Equal(128 + Libc.SIGBUS, _daemon.Process.WaitForExit());
    }

    // The rings and Guest.Room in one file, larger buffers in another.
    private static FrontEndMemory Memory() => new([
        new RegionLayout(FrontEndMemory.DefaultGuestAddress, RingMemory, CanShrink: true),
        new RegionLayout(FrontEndMemory.DefaultGuestAddress + RingMemory, BufferMemory, CanShrink: true)]);

    private static void Truncate(FrontEndMemory memory, int region, ulong size) =>
        Assert.True(Files.Truncate(memory.Regions[region].File.Fd, size).IsSuccess);

    private static void OfferEverything(Guest guest)
    {
        for (int i = 0; i < guest.Queue.Size; i++)
        {
            ulong at = FrontEndMemory.DefaultGuestAddress + RingMemory + ((ulong)i * BufferSize);
            guest.Queue.Add(DriverBuffer.Writable(at, BufferSize));
        }

        guest.Queue.Submit();
    }

    // Not by the log, which is limited.
    private static void AssertEnded(Guest guest) => Eventually.Holds(
        () =>
        {
            try
            {
                return guest.Device.Connection.GetFeatures() == 0;
            }
            catch (FrontEndException)
            {
                return true;
            }
        },
        () => "the connection goes on");

    private void Serve(int socket)
    {
        using Guest guest = _daemon.Connect(socket);
        Assert.Equal(64, guest.Ask(64).Length);
    }

    private void AssertUnharmed(Guest good)
    {
        Assert.False(_daemon.Process.HasExited);
        Serve(0);
        good.Dispose();
        ProcessFacts now = _idle;
        Eventually.Holds(
            () => (now = ProcessFacts.Of(_daemon.Process.Id)).Descriptors == _idle.Descriptors
                && now.Mappings <= _idle.Mappings + AllowedMappings
                && now.Threads == _idle.Threads,
            () => $"before {_idle}, now {now}");
        _daemon.Stop();
    }
}
