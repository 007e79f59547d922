// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Serving;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.I2c;

/// <summary>i2c: addresses of the host's adapters, or of a simulated board.</summary>
public sealed class I2cKind() : DeviceKind("i2c", 34, "I2C: addresses of the host's adapters, or a simulated board")
{
    private static readonly SocketPlan s_sockets =
        SocketPlan.Counted("Number of sockets; each serves one guest at a time, and all guests see the same adapters");

    private static readonly TextSetting s_list = new(
        "--device-list", "-l", "LIST",
        "What guests may use: ADAPTER[:ADDRESS]..., more adapters behind commas. An adapter is N of /dev/i2c-N, a path, or its "
        + "name, with a backslash before each colon and comma in it; an address is 0 to 127, or 0x00 to 0x7f, or t0x000 to "
        + "t0x3ff for one of 10 bits. For example 1:0x48:0x50,7:104");

    private static readonly BoardSettings s_board = new(s_list, "which adapters and addresses guests may use", "buses");

    public override SocketPlan Sockets => s_sockets;

    public override IReadOnlyList<Setting> Settings => [s_list, .. s_board.All];

    public override string UsualOptions => "--socket-path PATH --device-list LIST";

    public override string Example => "--socket-path /run/vm/i2c --device-list 1:0x48:0x50";

    public override string? Problem(Values values) => s_board.Problem(values);

    // The adapters are open by then; what they can do was asked before.
    public override IReadOnlyList<CallRule> Calls(Values values) =>
        [CallRule.Ioctl(CallArguments.I2C_TENBIT, CallArguments.I2C_SLAVE, CallArguments.I2C_RDWR, CallArguments.I2C_SMBUS)];

    public override Served Open(Opening at)
    {
        I2cBusSet set = at.Owns(s_board.Open(at) is { } board
            ? SimulatedI2cBus.AsOneAdapter(board)
            : new I2cBusSet(I2cDeviceList.Open(at[s_list]!, I2cAdapters.Host)));
        at.Begin(() =>
        {
            for (int i = 0; i < set.Buses.Count; i++)
                at.Log.LogInformation("{Bus}: {Addresses}", set.Buses[i].Name, set.AddressesOf(i));
        });
        return new Served(socket =>
        {
            // Counted for the socket, whoever comes and goes.
            I2cStatistics statistics = new(set);
            at.Meter?.Add(socket.Name, I2cCounterTable.Of(statistics));
            return () => new I2cDevice(set, statistics, socket.Log);
        });
    }
}
