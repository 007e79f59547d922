// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>Waits for text of a guest, for scripts.</summary>
internal sealed class ExpectCommand : Command
{
    private static readonly TextSetting s_send = new("--send", "-s", "TEXT", $"Send this first. {ConsoleTools.TextForm}");

    private static readonly FlagSetting s_recent = new("--recent", null, "Look at what was written before, too, as far as it is kept (64 KiB)");

    private static readonly FlagSetting s_quiet = new("--quiet", "-q", "Do not print what comes");

    public override string Name => "expect";

    public override string Purpose => "Wait until a guest writes something that fits a pattern";

    public override IReadOnlyList<Setting> Settings =>
        [ConsoleTools.Socket, s_send, ConsoleTools.Enter, ConsoleTools.Timeout, s_recent, s_quiet];

    public override IReadOnlyList<Positional> Words =>
    [
        ConsoleRequests.PortWord,
        new("PATTERN", @"A regular expression: . [a-z] [^a-z] \d \w \s * + ? {n,m} ( ) | and ^ $ for the ends of a line"),
    ];

    public override IReadOnlyList<string> Examples => ["--control-socket /run/vm/console.ctl console0 login: --recent --timeout 60s"];

    public override string? Problem(Values values) => values[ConsoleTools.Enter] && !values.Has(s_send) ? "--enter is for what --send sends" : null;

    public override int Run(Values values)
    {
        string text = values.Words[1];
        string problem = "it is empty";
        if (text.Length == 0 || TextPattern.Parse(text, out problem) is not { } pattern)
            throw new StartupException($"'{text}' is no pattern: {problem}", isUsage: true);
        byte[] send = values[s_send] is { } keys ? ConsoleTools.Keys(keys, values[ConsoleTools.Enter]) : [];
        using ExpectRun run = new(pattern, text, send, ConsoleTools.Patience(values), values[s_quiet]);
        return run.Run(values[ConsoleTools.Socket]!, new AttachRequest(values.Words[0], AttachRole.Script, default, values[s_recent] ? -1 : 0));
    }
}
