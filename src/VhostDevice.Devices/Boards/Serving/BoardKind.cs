// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Boards.Serving;

/// <summary><c>vhost-device board serve</c>: all ports of a board in one process, because its parts act on each other.</summary>
public sealed class BoardKind() : DeviceKind("board", 0, "Serve a simulated board: a socket for each of its buses and chips")
{
    private static readonly BoardSettings s_board = new();

    public override SocketPlan Sockets => SocketPlan.ByPartName;

    public override IReadOnlyList<Setting> Settings => s_board.All;

    public override string Example => "--socket-path /run/vm/board --board demo";

    public override Served Open(Opening at)
    {
        Board board = s_board.Open(at)!;
        // Sockets are told apart by these names, and a service manager hands them over in this order.
        return new Served(socket => board.Ports[socket.Index].Serve(new PortSocket(socket.Name, "guest", socket.Log, at.Meter)))
        {
            Parts = [.. board.Ports.Select(static p => p.Name)],
        };
    }
}
