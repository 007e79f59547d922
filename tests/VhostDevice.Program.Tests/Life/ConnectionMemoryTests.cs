// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Life;

/// <summary>Memory does not grow with the number of front-ends that came and went, on any device.</summary>
public sealed class ConnectionMemoryTests : IDisposable
{
    private const int Connections = 10_000;

    /// <summary>From there on the collector has its rhythm: a front-end leaves 10 kB and more of garbage, and it looks every 256 kB.</summary>
    private const int WarmUp = 100;

    private const int AllowedKiB = 2048;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static readonly TheoryData<string, int, string[]> Devices = new()
    {
        { "s0", 1, ["rng", "-s", "{}/s"] },
        { "s0", 1, ["i2c", "-s", "{}/s", "--board", "demo"] },
        { "s0", 2, ["gpio", "-s", "{}/s", "-l", "s4"] },
        { "s0", 1, ["spi", "-s", "{}/s", "--board", "demo"] },
        { "s0", 2, ["can", "-s", "{}/s", "--simulate", "a"] },
        { "s0", 2, ["input", "-s", "{}/s", "--board", "demo"] },
        { "s0", 4, ["console", "-s", "{}/s", "--port", "backend=null"] },
        { "s", 2, ["rtc", "-s", "{}/s"] },
        { "s", 2, ["scmi", "-s", "{}/s", "-d", "fake"] },
        { "s", 4, ["sound", "--socket", "{}/s"] },
        { "s", 3, ["scsi", "-s", "{}/s", "memory=1M"] },
        { "s", 3, ["vsock", "--socket", "{}/s", "--uds-path", "{}/u"] },
    };

    [Theory]
    [MemberData(nameof(Devices))]
    public void Ten_thousand_front_ends_leave_no_memory_behind(string socket, int queues, string[] command)
    {
        string path = _folder.At(socket);
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path,
            [.. command.Select(a => a.Replace("{}", _folder.Path, StringComparison.Ordinal)), "--log-level", "warn"]);
        daemon.Err.WaitFor($"listening on {path}");
        Visit(path, queues, WarmUp);
        long before = ProcessFacts.Of(daemon.Id).AnonymousKiB;
        Visit(path, queues, Connections);
        long after = ProcessFacts.Of(daemon.Id).AnonymousKiB;
        TestContext.Current.TestOutputHelper?.WriteLine($"{command[0]}: {before} → {after} KiB");
        Assert.InRange(after - before, int.MinValue, AllowedKiB);
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Fact]
    public void A_large_device_state_leaves_no_memory_behind()
    {
        using Daemon daemon = Daemon.Start("--log-level", "error");
        Visit(daemon.Socket(), 1, WarmUp);
        long before = ProcessFacts.Of(daemon.Process.Id).AnonymousKiB;
        byte[] nonsense = new byte[16 << 20];
        for (int i = 0; i < 4; i++)
        {
            using FrontEndDevice guest = FrontEndDevice.Negotiate(
                FrontEndConnection.Connect(daemon.Socket()),
                new FrontEndDeviceOptions { QueueSizes = [16], MemorySize = 1 << 16, ReplyTimeout = Patience.Time });
            Assert.Throws<FrontEndException>(() => guest.Connection.LoadState(nonsense));
        }

        Eventually.Holds(
            () => ProcessFacts.Of(daemon.Process.Id).AnonymousKiB - before < AllowedKiB,
            () => $"{before} KiB before, {ProcessFacts.Of(daemon.Process.Id).AnonymousKiB} afterwards");
    }

    // With memory and rings, as a guest has them.
    private static void Visit(string path, int queues, int count)
    {
        FrontEndDeviceOptions options = new()
        {
            QueueSizes = [.. Enumerable.Repeat((ushort)16, queues)],
            MemorySize = 1 << 16,
            ReplyTimeout = Patience.Time,
        };
        for (int i = 0; i < count; i++)
            FrontEndDevice.Connect(path, options).Dispose();
    }
}
