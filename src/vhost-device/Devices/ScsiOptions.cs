// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Devices.Scsi;
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Hosting;
using VhostDevice.Linux;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Devices;

/// <summary>The options of scsi that say how images are served.</summary>
internal sealed class ScsiOptions
{
    private const string Ring = "io_uring";
    private const string Threads = "threads";

    private readonly Option<bool> _readOnly = new("--read-only", "-r")
    {
        Description = "Open images for reading only, and refuse writes",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<bool> _solidState = new("--solid-state")
    {
        Description = "Report a solid-state medium (rotation rate 1)",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<bool> _direct = new("--direct")
    {
        Description = "Read and write past the page cache (O_DIRECT)",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<string?> _cache = new("--cache")
    {
        Description = "writeback: writes may wait until the guest flushes; writethrough: they are on the medium when they are answered; none: writeback with --direct [default: writeback]",
        HelpName = "MODE",
    };

    private readonly Option<string?> _engine = new("--io-engine")
    {
        Description = "How files are read and written: io_uring or threads [default: io_uring where the kernel has it]",
        HelpName = "ENGINE",
    };

    private readonly Option<uint> _queues = new("--num-queues")
    {
        Description = $"Number of request queues, 1 to {ScsiDevice.MaxRequestQueues} [default: 1]",
        HelpName = "COUNT",
        CustomParser = Numbers.U32,
    };

    private readonly Option<bool> _loopPerQueue = new("--loop-per-queue")
    {
        Description = "Serve each request queue on a thread of its own",
        Arity = ArgumentArity.Zero,
    };

    internal ScsiOptions(Command command)
    {
        command.Options.Add(_readOnly);
        command.Options.Add(_solidState);
        command.Options.Add(_direct);
        _cache.AcceptOnlyFromAmong("writeback", "writethrough", "none");
        _engine.AcceptOnlyFromAmong(Ring, Threads);
        command.Options.Add(_cache);
        command.Options.Add(_engine);
        command.Options.Add(_queues);
        command.Options.Add(_loopPerQueue);
    }

    internal int Queues(ParseResult result)
    {
        uint count = result.GetResult(_queues) is null ? 1 : result.GetValue(_queues);
        return count is 0 or > ScsiDevice.MaxRequestQueues
            ? throw new StartupException($"--num-queues {count} is not possible: 1 to {ScsiDevice.MaxRequestQueues}", isUsage: true)
            : (int)count;
    }

    /// <summary>How many loops serve request queues; 1 is the socket's own.</summary>
    internal int Loops(ParseResult result) => result.GetValue(_loopPerQueue) ? Queues(result) : 1;

    internal ImageDefaults Defaults(ParseResult result, Action<string> warn) => new(
        result.GetValue(_readOnly),
        result.GetValue(_solidState),
        result.GetValue(_direct) || result.GetValue(_cache) == "none",
        result.GetValue(_cache) == "writethrough",
        Engine(result.GetValue(_engine), Loops(result), warn))
    { Warn = warn };

    private static IIoEngine Engine(string? asked, int loops, Action<string> warn)
    {
        IIoEngine first = Engine(asked, warn);
        if (loops == 1)
            return first;
        string kind = first is RingEngine ? Ring : Threads;
        return new EngineSet([first, .. Enumerable.Range(1, loops - 1).Select(_ => Engine(kind, warn))]);
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
