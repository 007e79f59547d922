// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Boards.Serving;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Spi;

/// <summary>spi: chips of the host, or of a simulated board.</summary>
public sealed class SpiKind() : DeviceKind("spi", 45, "SPI: chips of the host, or of a simulated board")
{
    private static readonly TextSetting s_nodes = new(
        "--device", "-l", "NODE[,NODE]", "The host's nodes /dev/spidevB.C; the first is the guest's chip select 0, the next 1, and so on");

    private static readonly BoardSettings s_board = new(s_nodes, "which chips guests may use", "chips");

    public override SocketPlan Sockets { get; } =
        SocketPlan.Counted("Number of sockets; each serves one guest at a time, and all guests see the same chips");

    public override IReadOnlyList<Setting> Settings => [s_nodes, .. s_board.All];

    public override string UsualOptions => "--socket-path PATH --device NODE";

    public override string Example => "--socket-path /run/vm/spi --device /dev/spidev0.0";

    public override string? Problem(Values values) => s_board.Problem(values);

    public override IReadOnlyList<CallRule> Calls(Values values) =>
        [CallRule.Ioctl(CallArguments.SPI_IOC_WR_MODE32, CallArguments.SPI_IOC_MESSAGE_1)];

    public override Served Open(Opening at)
    {
        ISpiController spi = at.Owns<ISpiController>(
            s_board.Open(at) is { } board ? SimulatedSpiBus.OnlyOne(board) : SpiDeviceList.Open(at[s_nodes]!));
        at.Log.LogInformation("{Name}: {Abilities}", spi.Name, spi.Abilities);
        return new(socket => SpiSocket.Begin(spi, socket.Name, socket.Log, at.Meter));
    }
}
