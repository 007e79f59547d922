// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Program.Tools;

/// <summary><c>vhost-device describe</c>: prints the table of the devices, for whatever would otherwise be a list kept by hand.</summary>
/// <param name="others">The program's other commands.</param>
internal sealed class DescribeCommand(IReadOnlyList<DeviceKind> kinds, IReadOnlyList<Command> others) : Command
{
    private static readonly ChoiceSetting s_format = new(
        "--format", "-f", "FORMAT",
        "names: a device in each line; json: all that is known of them; markdown: tables of their options; common: a table of the "
        + "options that all have; discovery: the file by which management software finds the one named; commands: all commands of the "
        + "program, as JSON, for manuals and completions",
        ["names", "json", "markdown", "common", "discovery", "commands"], byDefault: "json");

    public override string Name => "describe";

    public override string Purpose => "Print what devices there are and what their command lines may say";

    public override IReadOnlyList<string> Examples => ["--format json", "--format markdown rng"];

    public override IReadOnlyList<Setting> Settings => [s_format];

    public override IReadOnlyList<Positional> Words => [new("DEVICE", "Only this one", least: 0)];

    public override string? Problem(Values values) =>
        values.Words.Count > 0 && Find(values.Words[0]) is null ? $"there is no device '{values.Words[0]}'"
        : values.Words.Count == 0 && values[s_format] == "discovery" ? "a file for discovery is about one device: name it"
        : null;

    public override int Run(Values values)
    {
        IReadOnlyList<DeviceKind> chosen = values.Words.Count == 0 ? kinds : [Find(values.Words[0])!];
        StandardOutput.Write(values[s_format] switch
        {
            "names" => KindText.Names(chosen),
            "discovery" => KindText.Discovery(chosen[0]),
            "common" => KindText.CommonMarkdown(),
            "commands" => KindText.Commands(chosen, values.Words.Count == 0 ? [.. others, this] : []),
            "markdown" => KindText.Markdown(chosen),
            _ => KindText.Json(chosen),
        });
        return 0;
    }

    private DeviceKind? Find(string name)
    {
        foreach (DeviceKind kind in kinds)
        {
            if (kind.Name == name)
                return kind;
        }

        return null;
    }
}
