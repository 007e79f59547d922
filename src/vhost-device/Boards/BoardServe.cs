// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Gpio;
using VhostDevice.Devices.I2c;
using VhostDevice.Program.CommandLine;
using VhostDevice.Program.Hosting;
using VhostDevice.Program.Logging;
using VhostDevice.Program.Sandbox;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Program.Boards;

/// <summary>
/// <c>vhost-device board serve</c>: all buses and chips of a board in one process, because its parts act on each other.
/// </summary>
internal sealed class BoardServe : DeviceEntry
{
    internal override string Name => "board";

    internal override string Description => "Serve a simulated board: a socket for each of its I2C buses and GPIO chips";

    internal override string Usage => "--socket-path PATH [options]";

    internal override string Example => "--socket-path /run/vm/board --board demo";

    internal static Command Create()
    {
        BoardServe serve = new();
        Command command = new("serve", serve.Description);
        serve.Configure(command);
        command.Options.Add(CommandHelp.Option(serve.Usage, serve.Example));
        return command;
    }

    internal override void Configure(Command command)
    {
        CommonOptions common = new(command, this, numbered: false);
        BoardOptions board = new(command, byDefault: BoardFile.DemoName);
        command.SetAction(result => Run(common, board, result));
    }

    private static int Run(CommonOptions common, BoardOptions options, ParseResult result)
    {
        StderrLogger log = common.Logger(result);
        using BoardHost host = options.Open(result, log)!;
        // Names by which the sockets are told apart, in the order in which they are handed over by a service manager.
        string[] names = [.. host.Board.Buses.Select(b => b.Name), .. host.Board.Chips.Select(c => c.Name)];
        ProcessSandbox sandbox = common.Sandbox(result, log);
        host.Allow(sandbox);
        HostingOptions hostingOptions = common.Hosting(result);
        DeviceHosting hosting = new(log, hostingOptions, sandbox);
        using I2cMeter? meter = hostingOptions.MetricsSocket is null ? null : new(hostingOptions.Device);
        IReadOnlyList<ListeningSocket> sockets = [];
        return hosting.Run(
            () =>
            {
                sockets = common.OpenSockets(result, path => [.. names.Select(n => $"{path}.{n}")]);
                if (sockets.Count == names.Length)
                    return sockets;
                foreach (ListeningSocket socket in sockets)
                    socket.Dispose();
                throw new StartupException($"the board {host.Board.Name} needs {names.Length} sockets ({string.Join(", ", names)}), and {sockets.Count} are handed over", isUsage: true);
            },
            (index, socketLog) => Device(host.Board, index, sockets[index].Name, meter, socketLog),
            host.Begin);
    }

    private static Func<VirtioDevice> Device(Board board, int index, string socket, I2cMeter? meter, ILogger log)
    {
        if (index < board.Buses.Count)
        {
            I2cBusSet set = new([board.Buses[index]]);
            I2cStatistics statistics = new(set);
            meter?.Add(socket, statistics);
            return () => new I2cDevice(set, statistics, log);
        }

        SimulatedGpioChip chip = board.Chips[index - board.Buses.Count];
        return () => new GpioDevice(chip, GpioLineChoice.All(chip), "guest", log);
    }
}
