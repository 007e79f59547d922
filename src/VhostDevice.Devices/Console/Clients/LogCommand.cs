// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>Prints what a guest wrote.</summary>
internal sealed class LogCommand : Command
{
    private static readonly FlagSetting s_follow = new("--follow", "-f", "Go on with what comes, until the daemon ends");

    private static readonly FlagSetting s_stamps = new("--timestamps", null, "Print the time in front of each line that comes");

    public override string Name => "log";

    public override string Purpose => "Print what a guest wrote last on a console (64 KiB)";

    public override IReadOnlyList<Setting> Settings => [ConsoleTools.Socket, s_follow, s_stamps, ConsoleTools.Record];

    public override IReadOnlyList<Positional> Words => [ConsoleRequests.PortWord];

    public override IReadOnlyList<string> Examples => ["--control-socket /run/vm/console.ctl console0 --follow --timestamps"];

    public override int Run(Values values)
    {
        VhostDevice.Linux.WindowSize size = ConsoleTools.WindowSize();
        using LogRun run = new(values[s_follow], values[s_stamps], ConsoleTools.Recorded(values, size));
        return run.Run(values[ConsoleTools.Socket]!, new AttachRequest(values.Words[0], AttachRole.Reader, default, -1));
    }
}
