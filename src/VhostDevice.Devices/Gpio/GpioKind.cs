// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Boards.Serving;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Gpio;

/// <summary>gpio: lines of the host's chips, or of simulated ones.</summary>
public sealed class GpioKind() : DeviceKind("gpio", 41, "GPIO lines: the host's chips, or simulated ones")
{
    private const string Consumer = "vhu-gpio";

    private static readonly SocketPlan s_sockets = SocketPlan.ByPartNumber("chip");

    private static readonly TextSetting s_list = new(
        "--device-list", "-l", "CHIP[:CHIP...]",
        "One chip for each socket, separated by colons: N is /dev/gpiochipN, sN a simulated chip of N lines, other words are a "
        + "path, a name or a label. Lines in brackets are all that the guest gets: 1[0-3,7=pull-up]");

    private static readonly BoardSettings s_board = new(s_list, "which chips guests may use", "chips, a socket for each");

    public override SocketPlan Sockets => s_sockets;

    public override IReadOnlyList<Setting> Settings => [s_list, .. s_board.All];

    public override string UsualOptions => "--socket-path PATH --device-list CHIP[:CHIP...]";

    public override string Example => "--socket-path /run/vm/gpio --device-list s8";

    public override string? Problem(Values values) => s_board.Problem(values);

    // The chips are open already; lines are requested when the guest asks for them.
    public override IReadOnlyList<CallRule> Calls(Values values) =>
    [
        CallRule.Ioctl(
            CallArguments.GPIO_V2_GET_LINEINFO_IOCTL,
            CallArguments.GPIO_V2_GET_LINE_IOCTL,
            CallArguments.GPIO_V2_LINE_SET_CONFIG_IOCTL,
            CallArguments.GPIO_V2_LINE_GET_VALUES_IOCTL,
            CallArguments.GPIO_V2_LINE_SET_VALUES_IOCTL),
    ];

    public override Served Open(Opening at)
    {
        // Other users of the chip see it, and the kernel keeps 31 bytes of it.
        string? path = at[s_sockets.Path];
        string Name(SocketSeat socket) => path is null ? Consumer : $"{Consumer} {Path.GetFileName(path)}{socket.Index}";
        if (s_board.Open(at) is { } board)
        {
            IReadOnlyList<SimulatedGpioChip> simulated = board.PortsOf<SimulatedGpioChip>();
            return new Served(socket => simulated[socket.Index].Serve(new PortSocket(Name(socket), Name(socket), socket.Log)))
            {
                Parts = [.. simulated.Select(static c => c.Name)],
            };
        }

        if (!GpioChipChoice.TryParseList(at[s_list]!, out IReadOnlyList<GpioChipChoice> choices, out string problem))
            throw Opening.Wrong(s_list, $": {problem}");
        GpioChipSet chips = at.Owns(new GpioChipSet(choices, at.Log));
        return new Served(socket => () => chips.MakeDevice(socket.Index, Name(socket), socket.Log)) { Parts = chips.Names };
    }
}
