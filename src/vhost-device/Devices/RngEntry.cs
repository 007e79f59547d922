// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Rng;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Devices;

/// <summary><c>vhost-device rng</c>.</summary>
internal sealed class RngEntry : DeviceEntry
{
    private const uint MaxPeriod = 65536;
    private const uint MaxSockets = 1024;

    internal override string Name => "rng";

    internal override string Description => "Entropy: random bytes for the guest's /dev/hwrng";

    internal override string Usage => "--socket-path PATH [options]";

    internal override string Example => "--socket-path /run/vm/rng";

    internal override void Configure(Command command)
    {
        CommonOptions common = new(command, this, numbered: true);
        Option<uint> count = new("--socket-count", "-c")
        {
            Description = "Number of sockets; each serves one guest at a time",
            HelpName = "COUNT",
            DefaultValueFactory = _ => 1,
            CustomParser = Numbers.U32,
        };
        Option<ulong> maxBytes = new("--max-bytes", "-m")
        {
            Description = "Most bytes per period (also 64K, 1M), all sockets together, which have equal shares [default: no limit]",
            HelpName = "BYTES",
            CustomParser = Numbers.Bytes,
        };
        Option<UInt128> period = new("--period", "-p")
        {
            Description = $"Length of the period of --max-bytes, 1 to {MaxPeriod}",
            HelpName = "MILLISECONDS",
            DefaultValueFactory = _ => MaxPeriod,
            CustomParser = Numbers.U128,
        };
        Option<string> source = new("--rng-source", "-f")
        {
            Description = "Where the bytes come from: a character device, FIFO or file",
            HelpName = "PATH",
            DefaultValueFactory = _ => KernelEntropySource.DefaultPath,
        };
        command.Options.Add(count);
        command.Options.Add(maxBytes);
        command.Options.Add(period);
        command.Options.Add(source);
        command.SetAction(result => Run(
            common,
            result,
            common.SocketCount(result, result.GetResult(count) is { Implicit: false } ? result.GetValue(count) : null),
            result.GetResult(maxBytes) is null ? ulong.MaxValue : result.GetValue(maxBytes),
            result.GetValue(period),
            result.GetValue(source)!));
    }

    private static int Run(CommonOptions common, ParseResult result, uint count, ulong maxBytes, UInt128 period, string sourcePath)
    {
        if (period == 0 || period > MaxPeriod)
            throw new StartupException($"--period {period} is too {(period == 0 ? "short" : "long")}: 1 to {MaxPeriod} milliseconds are possible", isUsage: true);
        if (count is 0 or > MaxSockets)
            throw new StartupException($"--socket-count {count} is not possible: 1 to {MaxSockets} sockets", isUsage: true);
        if (maxBytes < count)
            throw new StartupException($"--max-bytes {maxBytes} is too little: at least {count}, a byte per period for every socket", isUsage: true);

        StderrLogger log = common.Logger(result);
        bool isIdlePeriod = maxBytes == ulong.MaxValue && result.GetResult("--period") is OptionResult { Implicit: false };
        Errno errno = EntropySources.Open(sourcePath, log, out IEntropySource? source);
        if (errno.IsError)
            throw new StartupException($"the random source {sourcePath} cannot be opened: {errno}");

        DeviceHosting hosting = new(log, common.Hosting(result), common.Sandbox(result, log));
        return hosting.Run(
            () => common.OpenSockets(result, path => SocketPaths.Numbered(path, count)),
            (_, socketLog) =>
            {
                // The share belongs to the socket: a guest that reconnects does not get a new one.
                RateLimit share = new(maxBytes == ulong.MaxValue ? maxBytes : maxBytes / count, TimeSpan.FromMilliseconds((double)period));
                return () => new RngDevice(source!, share, socketLog);
            },
            () =>
            {
                if (isIdlePeriod)
                    log.LogWarning("--period {Period} has no effect without --max-bytes", period);
                source!.Start();
            });
    }
}
