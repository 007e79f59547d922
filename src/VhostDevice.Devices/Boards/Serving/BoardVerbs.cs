// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Boards.Serving;

/// <summary>What can be asked of a board that is served: what every board can do, and the verbs of the models that are built in.</summary>
internal static class BoardVerbs
{
    private static readonly Positional s_anyPart = new("PART", "Only this part, as 'board list' prints it", least: 0);
    private static readonly Positional s_part = new("PART", "A part's name, as 'board list' prints it");
    private static readonly Positional s_parameter = new("PARAMETER", "One of the part's parameters");

    internal static IReadOnlyList<ControlVerb> All =>
    [
        new("list", "Print the board's parts with their parameters", s_anyPart),
        new("get", "Print a parameter", s_part, s_parameter) { Example = "temp0 temperature" },
        new(
            "set",
            "Set a parameter",
            s_part,
            s_parameter,
            new Positional("VALUE", "A number or a word, as 'board list' shows it", least: 1, most: int.MaxValue))
        {
            Example = "temp0 temperature 42.5",
        },
        .. BoardCatalogue.BuiltIn.Commands.Select(Of),
        new(
            "watch",
            "Print changes as they happen, of the whole board or of one part",
            s_anyPart,
            new Positional("PARAMETER", "Only this parameter of the part", least: 0))
        {
            Example = "temp0",
            Stays = true,
        },
    ];

    private static ControlVerb Of(VerbForm verb) => new(verb.Name, verb.Help, [.. verb.Words.Select(Word)])
    {
        Example = verb.Example,
        AnswersFile = verb.AnswersFile,
    };

    // "?" behind a name: may be left out; "...": one or more; both: any number.
    private static Positional Word(string word)
    {
        bool several = word.Contains("...", StringComparison.Ordinal);
        return new Positional(word.TrimEnd('?', '.'), About(word), word.EndsWith('?') ? 0 : 1, several ? int.MaxValue : 1);
    }

    private static string About(string word) => word switch
    {
        "PART" => s_part.Help,
        "VALUE..." => "A number or a word, as 'board list' shows it",
        "MILLISECONDS?" => "For how long; without it, until 'board release'",
        "FILE?" => "Where to write it; without it, to standard output",
        "FRAME" => "As cansend writes it: 123#1122, 1ABCDEF0#11, 123#R2 or 123##01122",
        "KIND" => "bus-off (of a controller), ack, bit, stuff, crc or form",
        "AMOUNT?" => "Milliseconds of bus-off and ack (0), frames of the others (1)",
        "WORD...?" => "What the part named takes",
        _ => $"The {word.TrimEnd('?', '.').ToLowerInvariant()}'s name, as 'board list' prints it",
    };
}
