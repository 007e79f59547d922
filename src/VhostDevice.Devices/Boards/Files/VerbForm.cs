// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Files;

/// <summary>How a verb is written as a command, before it is known which part is meant.</summary>
/// <param name="name">The first word: <c>press</c>.</param>
/// <param name="help">What it does.</param>
/// <param name="words">What follows, in the notation of <see cref="PartVerb"/>; the first is the part. <c>...?</c> at the
/// end of the last: any number of words.</param>
public sealed class VerbForm(string name, string help, IReadOnlyList<string> words)
{
    public string Name => name;

    public string Help => help;

    public IReadOnlyList<string> Words => words;

    /// <summary>What follows the name in an example; may be empty.</summary>
    public string Example { get; private init; } = "";

    /// <inheritdoc cref="PartVerb.AnswersFile"/>
    public bool AnswersFile { get; private init; }

    // Models may use the same word for things of their own, with words of their own behind it: the part that is named
    // says then what is missing.
    internal static VerbForm Of(IEnumerable<PartVerb> verbs)
    {
        PartVerb[] all = [.. verbs];
        return all.Length == 1
            ? new(all[0].Name, all[0].Help, [all[0].Noun.ToUpperInvariant(), .. all[0].Words])
            {
                Example = all[0].Example,
                AnswersFile = all[0].AnswersFile,
            }
            : new(all[0].Name, string.Join("; ", all.Select(v => v.Help)), ["PART", "WORD...?"]);
    }
}
