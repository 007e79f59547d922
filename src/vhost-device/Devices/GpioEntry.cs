// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux.Sandbox;
using VhostDevice.Program.CommandLine;
using VhostDevice.Program.Hosting;
using VhostDevice.Program.Logging;

namespace VhostDevice.Program.Devices;

/// <summary><c>vhost-device gpio</c>.</summary>
internal sealed class GpioEntry : DeviceEntry
{
    private const string Consumer = "vhu-gpio";

    internal override string Name => "gpio";

    internal override string Description => "GPIO lines: the host's chips, or simulated ones";

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
        Option<string> devices = new("--device-list", "-l")
        {
            Description = "One chip for each socket, separated by colons: N is /dev/gpiochipN, sN a simulated chip of N lines, "
                + "other words are a path, a name or a label. Lines in brackets are all that the guest gets: 1[0-3,7=pull-up]",
            HelpName = "CHIP[:CHIP...]",
            Required = true,
        };
        command.Options.Add(count);
        command.Options.Add(devices);
        command.SetAction(result => Run(
            common,
            result,
            result.GetResult(count) is { Implicit: false } ? result.GetValue(count) : null,
            result.GetRequiredValue(devices)));
    }

    private static int Run(CommonOptions common, ParseResult result, uint? asked, string list)
    {
        if (asked == 0)
            throw new StartupException("--socket-count 0 is not possible: there must be a socket for each chip");
        if (!GpioChipChoice.TryParseList(list, out IReadOnlyList<GpioChipChoice> choices, out string problem))
            throw new StartupException($"--device-list: {problem}");
        // A path can be numbered for as many as there are; other sockets are as many as they are.
        bool byPath = result.GetValue<string?>("--socket-path") is not null;
        uint sockets = asked is null && byPath ? (uint)choices.Count : common.SocketCount(result, asked);
        if (sockets != choices.Count)
            throw new StartupException($"--device-list has {choices.Count} chips for {sockets} sockets: give one for each");

        StderrLogger log = common.Logger(result);
        using HostChips chips = new(choices, log);
        DeviceHosting hosting = new(log, common.Hosting(result), common.Sandbox(result, log));
        return hosting.Run(
            () => common.OpenSockets(result, path => SocketPaths.Appended(path, sockets)),
            (index, socketLog) =>
            {
                // Other users of the chip see it, and the kernel keeps 31 bytes of it.
                string name = byPath ? $"{Consumer} {Path.GetFileName(result.GetValue<string?>("--socket-path"))}{index}" : Consumer;
                return () => chips.MakeDevice(index, name, socketLog);
            });
    }
}
