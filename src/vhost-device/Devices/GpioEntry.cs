// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Gpio;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux.Sandbox;
using VhostDevice.Program.Boards;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Devices;

/// <summary><c>vhost-device gpio</c>.</summary>
internal sealed class GpioEntry : DeviceEntry
{
    private const string Consumer = "vhu-gpio";

    internal override string Name => "gpio";

    internal override string Description => "GPIO lines: the host's chips, or simulated ones";

    internal override string Usage => "--socket-path PATH --device-list CHIP[:CHIP...] [options]";

    internal override string Example => "--socket-path /run/vm/gpio --device-list s8";

    /// <inheritdoc/>
    /// <remarks>The chips are open already; lines are requested when the guest asks for them.</remarks>
    internal override void AllowCalls(SeccompFilter filter) => filter.AllowWhere(
        SystemCalls.ioctl,
        ArgumentCheck.Is(1, CallArguments.GPIO_V2_GET_LINEINFO_IOCTL),
        ArgumentCheck.Is(1, CallArguments.GPIO_V2_GET_LINE_IOCTL),
        ArgumentCheck.Is(1, CallArguments.GPIO_V2_LINE_SET_CONFIG_IOCTL),
        ArgumentCheck.Is(1, CallArguments.GPIO_V2_LINE_GET_VALUES_IOCTL),
        ArgumentCheck.Is(1, CallArguments.GPIO_V2_LINE_SET_VALUES_IOCTL));

    internal override void Configure(Command command)
    {
        CommonOptions common = new(command, this, numbered: true);
        Option<uint> count = new("--socket-count", "-c")
        {
            Description = "Number of sockets; must be the number of chips [default: the number of chips]",
            HelpName = "COUNT",
            CustomParser = Numbers.U32,
        };
        Option<string?> devices = new("--device-list", "-l")
        {
            Description = "One chip for each socket, separated by colons: N is /dev/gpiochipN, sN a simulated chip of N lines, "
                + "other words are a path, a name or a label. Lines in brackets are all that the guest gets: 1[0-3,7=pull-up]",
            HelpName = "CHIP[:CHIP...]",
        };
        command.Options.Add(count);
        command.Options.Add(devices);
        BoardOptions board = new(command, byDefault: null);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetResult(devices) is null && !board.IsGiven(parsed))
                parsed.AddError("--device-list CHIP[:CHIP...] is missing: which chips guests may use (or --board FILE: a simulated board)");
            else if (parsed.GetResult(devices) is not null && board.IsGiven(parsed))
                parsed.AddError("--device-list and --board exclude each other: a board has its own chips, a socket for each");
        });
        command.SetAction(result => Run(
            common,
            board,
            result,
            result.GetResult(count) is { Implicit: false } ? result.GetValue(count) : null,
            result.GetValue(devices)));
    }

    private static int Run(CommonOptions common, BoardOptions boardOptions, ParseResult result, uint? asked, string? list)
    {
        if (asked == 0)
            throw new StartupException("--socket-count 0 is not possible: there must be a socket for each chip", isUsage: true);
        StderrLogger log = common.Logger(result);
        using BoardHost? board = boardOptions.Open(result, log);
        IReadOnlyList<GpioChipChoice> choices = [];
        if (board is null && !GpioChipChoice.TryParseList(list!, out choices, out string problem))
            throw new StartupException($"--device-list: {problem}", isUsage: true);
        IReadOnlyList<SimulatedGpioChip> simulated = board?.Board.PortsOf<SimulatedGpioChip>() ?? [];
        int count = board is null ? choices.Count : simulated.Count;
        // A path can be numbered for as many as there are; other sockets are as many as they are.
        bool byPath = result.GetValue<string?>("--socket-path") is not null;
        uint sockets = asked is null && byPath ? (uint)count : common.SocketCount(result, asked);
        if (sockets != count)
            throw new StartupException($"{(board is null ? "--device-list" : "--board")} has {count} chips for {sockets} sockets: give one for each", isUsage: true);

        using HostChips chips = new(choices, log);
        ProcessSandbox sandbox = common.Sandbox(result, log);
        board?.Allow(sandbox);
        DeviceHosting hosting = new(log, common.Hosting(result), sandbox);
        return hosting.Run(
            () => common.OpenSockets(result, path => SocketPaths.Appended(path, sockets)),
            (index, socketLog) =>
            {
                // Other users of the chip see it, and the kernel keeps 31 bytes of it.
                string name = byPath ? $"{Consumer} {Path.GetFileName(result.GetValue<string?>("--socket-path"))}{index}" : Consumer;
                return board is null
                    ? () => chips.MakeDevice(index, name, socketLog)
                    : simulated[index].Serve(new PortSocket(name, name, socketLog));
            },
            board is null ? null : board.Begin);
    }
}
