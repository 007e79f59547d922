// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>Makes the user's terminal the guest's.</summary>
internal sealed class AttachCommand : Command
{
    private static readonly FlagSetting s_readOnly = new("--read-only", "-r", "Read along; keys go nowhere");

    private static readonly FlagSetting s_steal = new("--steal", null, "Take the place of whoever writes; he goes on reading");

    private static readonly TextSetting s_escape = new("--escape", "-e", "KEY", "The key that leaves: " + EscapeKey.Form, "^]")
    {
        Wanted = EscapeKey.Form,
        IsPossible = static text => EscapeKey.TryParse(text, out _),
    };

    private static readonly NumberSetting s_lines = new("--lines", "-n", "COUNT", "Show so many lines that were written before", from: 0, to: 65_536)
    {
        Unset = "as many as the window has",
    };

    public override string Name => "attach";

    public override string Purpose => "Be at a guest's console: keys go to it, and its output comes here";

    public override IReadOnlyList<Setting> Settings => [ConsoleTools.Socket, s_readOnly, s_steal, s_escape, s_lines, ConsoleTools.Record];

    public override IReadOnlyList<Positional> Words => [ConsoleRequests.PortWord];

    public override IReadOnlyList<string> Examples => ["--control-socket /run/vm/console.ctl console0"];

    public override string? Problem(Values values) =>
        values[s_readOnly] && values[s_steal]
            ? $"{s_readOnly.Name} and {s_steal.Name} exclude each other: somebody who only reads takes nobody's place"
            : null;

    public override int Run(Values values)
    {
        VhostDevice.Linux.WindowSize size = ConsoleTools.WindowSize();
        _ = EscapeKey.TryParse(values[s_escape]!, out byte? escape);
        AttachRole role = values[s_readOnly] ? AttachRole.Reader : values[s_steal] ? AttachRole.Thief : AttachRole.Writer;
        int lines = values.Has(s_lines) ? (int)values[s_lines] : size.Rows;
        using AttachRun run = new(
            escape,
            escape is null ? string.Create(CultureInfo.InvariantCulture, $"'kill {Environment.ProcessId}'") : values[s_escape]!,
            role != AttachRole.Reader,
            ConsoleTools.Recorded(values, size));
        return run.Run(values[ConsoleTools.Socket]!, new AttachRequest(values.Words[0], role, size, lines));
    }
}
