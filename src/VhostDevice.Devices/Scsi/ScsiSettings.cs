// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi;

/// <summary>The settings of scsi that say how images are served.</summary>
internal static class ScsiSettings
{
    private const string Ring = "io_uring";
    private const string Threads = "threads";

    private static readonly FlagSetting s_readOnly = new("--read-only", "-r", "Open images for reading only, and refuse writes");

    private static readonly FlagSetting s_solidState = new("--solid-state", null, "Report a solid-state medium (rotation rate 1)");

    private static readonly FlagSetting s_direct = new("--direct", null, "Read and write past the page cache (O_DIRECT)");

    private static readonly ChoiceSetting s_cache = new(
        "--cache", null, "MODE",
        "writeback: writes may wait until the guest flushes; writethrough: they are on the medium when they are answered; none: "
        + "writeback with --direct",
        ["writeback", "writethrough", "none"], byDefault: "writeback");

    private static readonly ChoiceSetting s_engine = new(
        "--io-engine", null, "ENGINE", "How files are read and written: io_uring or threads", [Ring, Threads])
    {
        Unset = "io_uring where the kernel has it",
    };

    private static readonly NumberSetting s_queues = new(
        "--num-queues", null, "COUNT", $"Number of request queues, 1 to {ScsiDevice.MaxRequestQueues}",
        from: 1, to: ScsiDevice.MaxRequestQueues, byDefault: 1);

    private static readonly FlagSetting s_loopPerQueue = new("--loop-per-queue", null, "Serve each request queue on a thread of its own");

    internal static IReadOnlyList<Setting> All => [s_readOnly, s_solidState, s_direct, s_cache, s_engine, s_queues, s_loopPerQueue];

    internal static int Queues(Opening at) => (int)at[s_queues];

    /// <summary>How many loops serve request queues; 1 is the socket's own.</summary>
    internal static int Loops(Opening at) => at[s_loopPerQueue] ? Queues(at) : 1;

    /// <exception cref="StartupException">The engine that was asked for cannot be had.</exception>
    internal static ImageDefaults Defaults(Opening at)
    {
        void Warn(string text) => at.Log.LogWarning("{Text}", text);
        return new ImageDefaults(
            at[s_readOnly],
            at[s_solidState],
            at[s_direct] || at[s_cache] == "none",
            at[s_cache] == "writethrough",
            Engine(at[s_engine], Loops(at), Warn))
        {
            Warn = Warn,
        };
    }

    private static IIoEngine Engine(string? asked, int loops, Action<string> warn)
    {
        IIoEngine first = Engine(asked, warn);
        if (loops == 1)
            return first;
        string kind = first is RingEngine ? Ring : Threads;
        IIoEngine[] engines = new IIoEngine[loops];
        engines[0] = first;
        for (int i = 1; i < loops; i++)
            engines[i] = Engine(kind, warn);
        return new EngineSet(engines);
    }

    private static IIoEngine Engine(string? asked, Action<string> warn)
    {
        if (asked == Threads)
            return new ThreadEngine();
        Errno errno = RingEngine.Create(out RingEngine? ring);
        if (errno.IsSuccess)
            return ring!;
        if (asked == Ring)
            throw new StartupException($"--io-engine io_uring is not possible: {errno}; use --io-engine threads");
        warn($"no io_uring ({errno}): files are read and written by threads");
        return new ThreadEngine();
    }
}
