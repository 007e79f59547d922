// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>Sends text to a guest, for scripts.</summary>
internal sealed class SendCommand : Command
{
    public override string Name => "send";

    public override string Purpose => "Send text to a guest, and wait until it has taken it";

    public override IReadOnlyList<Setting> Settings => [ConsoleTools.Socket, ConsoleTools.Enter, ConsoleTools.Timeout];

    public override IReadOnlyList<Positional> Words =>
        [ConsoleRequests.PortWord, new("TEXT", $"The text; without it standard input is sent as it is. {ConsoleTools.TextForm}", least: 0)];

    public override IReadOnlyList<string> Examples => ["--control-socket /run/vm/console.ctl console0 uptime --enter"];

    public override int Run(Values values)
    {
        using SendRun run = new(
            values.Words.Count > 1 ? ConsoleTools.Keys(values.Words[1], values[ConsoleTools.Enter]) : null, ConsoleTools.Patience(values));
        return run.Run(values[ConsoleTools.Socket]!, new AttachRequest(values.Words[0], AttachRole.Script, default, 0));
    }
}
