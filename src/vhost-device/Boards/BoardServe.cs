// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Metering;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Boards;

/// <summary>
/// <c>vhost-device board serve</c>: all ports of a board in one process, because its parts act on each other.
/// </summary>
internal sealed class BoardServe : DeviceEntry
{
    internal override string Name => "board";

    internal override string Description => "Serve a simulated board: a socket for each of its buses and chips";

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
        string[] names = [.. host.Board.Ports.Select(p => p.Name)];
        ProcessSandbox sandbox = common.Sandbox(result, log);
        host.Allow(sandbox);
        HostingOptions hostingOptions = common.Hosting(result);
        DeviceHosting hosting = new(log, hostingOptions, sandbox);
        using DeviceMeter? meter = hostingOptions.MetricsSocket is null ? null : new(hostingOptions.Device);
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
            (index, socketLog) => host.Board.Ports[index].Serve(new PortSocket(sockets[index].Name, "guest", socketLog, meter)),
            host.Begin);
    }
}
