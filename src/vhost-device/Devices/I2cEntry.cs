// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.I2c;
using VhostDevice.Devices.Metering;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux.Sandbox;
using VhostDevice.Program.Boards;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Devices;

/// <summary><c>vhost-device i2c</c>.</summary>
internal sealed class I2cEntry : DeviceEntry
{
    private const uint MaxSockets = 1024;

    internal override string Name => "i2c";

    internal override string Description => "I2C: addresses of the host's adapters, or a simulated board";

    internal override string Usage => "--socket-path PATH --device-list LIST [options]";

    internal override string Example => "--socket-path /run/vm/i2c --device-list 1:0x48:0x50";

    // The adapters are open by then; what they can do was asked before.
    internal override void AllowCalls(SeccompFilter filter) => filter.AllowWhere(
        SystemCalls.ioctl,
        ArgumentCheck.Is(1, CallArguments.I2C_TENBIT),
        ArgumentCheck.Is(1, CallArguments.I2C_SLAVE),
        ArgumentCheck.Is(1, CallArguments.I2C_RDWR),
        ArgumentCheck.Is(1, CallArguments.I2C_SMBUS));

    internal override void Configure(Command command)
    {
        CommonOptions common = new(command, this, numbered: true);
        Option<uint> count = new("--socket-count", "-c")
        {
            Description = "Number of sockets; each serves one guest at a time, and all guests see the same adapters",
            HelpName = "COUNT",
            DefaultValueFactory = _ => 1,
            CustomParser = Numbers.U32,
        };
        Option<string?> list = new("--device-list", "-l")
        {
            Description = "What guests may use: ADAPTER[:ADDRESS]..., more adapters behind commas. An adapter is N of "
                + "/dev/i2c-N, a path, or its name, with a backslash before each colon and comma in it; an address is 0 to "
                + "127, or 0x00 to 0x7f, or t0x000 to t0x3ff for one of 10 bits. For example 1:0x48:0x50,7:104",
            HelpName = "LIST",
        };
        command.Options.Add(count);
        command.Options.Add(list);
        BoardOptions board = new(command, byDefault: null);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetResult(list) is null && !board.IsGiven(parsed))
                parsed.AddError("--device-list LIST is missing: which adapters and addresses guests may use (or --board FILE: a simulated board)");
            else if (parsed.GetResult(list) is not null && board.IsGiven(parsed))
                parsed.AddError("--device-list and --board exclude each other: a board has its own buses");
        });
        command.SetAction(result => Run(
            common,
            board,
            result,
            common.SocketCount(result, result.GetResult(count) is { Implicit: false } ? result.GetValue(count) : null),
            result.GetValue(list)));
    }

    private static int Run(CommonOptions common, BoardOptions boardOptions, ParseResult result, uint count, string? list)
    {
        if (count is 0 or > MaxSockets)
            throw new StartupException($"--socket-count {count} is not possible: 1 to {MaxSockets} sockets", isUsage: true);
        common.RequireFolder(result);
        StderrLogger log = common.Logger(result);
        using BoardHost? board = boardOptions.Open(result, log);
        using I2cBusSet set = board is null ? new(I2cDeviceList.Open(list!, I2cAdapters.Host)) : board.I2cBuses();
        for (int i = 0; i < set.Buses.Count; i++)
            log.LogInformation("{Bus}: {Addresses}", set.Buses[i].Name, Addresses(set, i));
        ProcessSandbox sandbox = common.Sandbox(result, log);
        board?.Allow(sandbox);
        HostingOptions options = common.Hosting(result);
        DeviceHosting hosting = new(log, options, sandbox);
        using DeviceMeter? meter = options.MetricsSocket is null ? null : new(options.Device);
        IReadOnlyList<ListeningSocket> sockets = [];
        return hosting.Run(
            () => sockets = common.OpenSockets(result, path => SocketPaths.Numbered(path, count)),
            (index, socketLog) =>
            {
                // Counted for the socket, whoever comes and goes.
                I2cStatistics statistics = new(set);
                meter?.Add(sockets[index].Name, I2cCounterTable.Of(statistics));
                return () => new I2cDevice(set, statistics, socketLog);
            },
            board is null ? null : board.Begin);
    }

    private static string Addresses(I2cBusSet set, int bus)
    {
        string text = string.Join(' ', set.Targets.Where(t => t.BusIndex == bus));
        return text.Length > 0 ? text : "no addresses, so guests see nothing of it";
    }
}
