// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.I2c;
using VhostDevice.Linux.Sandbox;
using VhostDevice.Program.CommandLine;
using VhostDevice.Program.Hosting;
using VhostDevice.Program.Logging;

namespace VhostDevice.Program.Devices;

/// <summary><c>vhost-device i2c</c>.</summary>
internal sealed class I2cEntry : DeviceEntry
{
    private const uint MaxSockets = 1024;

    internal override string Name => "i2c";

    internal override string Description => "I2C: addresses of the host's adapters, or a simulated board";

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
                + "/dev/i2c-N, or its name; an address is 0 to 127, or 0x00 to 0x7f, or t0x000 to t0x3ff for one of 10 "
                + "bits. For example 1:0x48:0x50,7:104",
            HelpName = "LIST",
        };
        Option<string?> board = new("--board")
        {
            Description = $"Give guests the I2C buses of a simulated board instead: a YAML file, or '{BoardFile.DemoName}'",
            HelpName = "FILE",
        };
        command.Options.Add(count);
        command.Options.Add(list);
        command.Options.Add(board);
        command.Validators.Add(result =>
        {
            bool hasList = result.GetResult(list) is not null;
            bool hasBoard = result.GetResult(board) is not null;
            if (hasList && hasBoard)
                result.AddError("--device-list and --board exclude each other: give one of them");
            else if (!hasList && !hasBoard)
                result.AddError("--device-list LIST is missing: which adapters and addresses guests may use (or --board FILE)");
        });
        command.SetAction(result => Run(
            common,
            result,
            common.SocketCount(result, result.GetResult(count) is { Implicit: false } ? result.GetValue(count) : null),
            result.GetValue(list),
            result.GetValue(board)));
    }

    private static int Run(CommonOptions common, ParseResult result, uint count, string? list, string? boardFile)
    {
        if (count is 0 or > MaxSockets)
            throw new StartupException($"--socket-count {count} is not possible: 1 to {MaxSockets} sockets");
        common.RequireFolder(result);
        StderrLogger log = common.Logger(result);
        using Board? board = boardFile is null ? null : Load(boardFile, log);
        using I2cBusSet set = board is null ? new(I2cDeviceList.Open(list!, I2cAdapters.Host)) : OfBoard(board);
        for (int i = 0; i < set.Buses.Count; i++)
            log.LogInformation("{Bus}: {Addresses}", set.Buses[i].Name, Addresses(set, i));
        DeviceHosting hosting = new(log, common.Hosting(result), common.Sandbox(result, log));
        return hosting.Run(
            () => common.OpenSockets(result, path => SocketPaths.Numbered(path, count)),
            (_, socketLog) =>
            {
                // Counted for the socket, whoever comes and goes.
                I2cStatistics statistics = new(set);
                return () => new I2cDevice(set, statistics, socketLog);
            });
    }

    private static Board Load(string file, StderrLogger log)
    {
        try
        {
            return BoardFile.Load(file, log: log);
        }
        catch (BoardFileException problem)
        {
            throw new StartupException(problem.Message);
        }
    }

    private static I2cBusSet OfBoard(Board board)
    {
        if (board.Buses.Count == 0)
            throw new StartupException($"the board '{board.Name}' has no I2C bus: give its file an 'i2c:' list");
        try
        {
            return new I2cBusSet(board.Buses);
        }
        catch (ArgumentException problem)
        {
            throw new StartupException($"the board '{board.Name}' cannot be one adapter: {problem.Message}");
        }
    }

    private static string Addresses(I2cBusSet set, int bus)
    {
        string text = string.Join(' ', set.Targets.Where(t => t.BusIndex == bus));
        return text.Length > 0 ? text : "no addresses, so guests see nothing of it";
    }
}
