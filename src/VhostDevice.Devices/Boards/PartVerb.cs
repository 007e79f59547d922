// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards;

/// <summary>
/// Something that people can have a part do, besides setting its parameters: <c>press button0 200</c>. Made once for all
/// parts of a model.
/// </summary>
public sealed class PartVerb
{
    /// <summary>Words that mean something on every board.</summary>
    internal static readonly string[] Reserved = ["list", "get", "set", "watch", "serve", "example", "replay"];

    private readonly Func<BoardPart, IReadOnlyList<string>, Action<string>, string?> _run;

    /// <param name="name">One word, such as <c>press</c>.</param>
    /// <param name="noun">What the part is called in messages, such as <c>button</c>.</param>
    /// <param name="help">What it does, for the command's help.</param>
    /// <param name="run">Does it, under <see cref="Board.Gate"/>: with the part, the words behind its name, and a function
    /// for each line of the answer. Returns what is wrong and what to write instead; null when it was done.</param>
    /// <param name="words">What follows the part's name, in capitals, such as <c>FRAME</c>; with <c>?</c> at its end a word that
    /// may be left out, with <c>...</c> one that takes all that follows. Those come last.</param>
    /// <exception cref="ArgumentException">The name is a word that boards use themselves.</exception>
    public PartVerb(
        string name,
        string noun,
        string help,
        Func<BoardPart, IReadOnlyList<string>, Action<string>, string?> run,
        params string[] words)
    {
        if (Reserved.Contains(name))
            throw new ArgumentException($"'{name}' is a command of the board itself", nameof(name));
        Name = name;
        Noun = noun;
        Help = help;
        Words = words;
        _run = run;
    }

    public string Name { get; }

    public string Noun { get; }

    public string Help { get; }

    public IReadOnlyList<string> Words { get; }

    /// <summary>What follows the name in an example: <c>button0 200</c>; may be empty.</summary>
    public string Example { get; init; } = "";

    /// <summary>
    /// The answer is a file, in base64: the command writes it where its last word says. That word is the user's alone, and is not
    /// among those of the request.
    /// </summary>
    public bool AnswersFile { get; init; }

    /// <summary><c>press BUTTON [MILLISECONDS]</c>.</summary>
    public string Usage => string.Join(' ', [Name, Noun.ToUpperInvariant(), .. Words.Select(w => w.EndsWith('?') ? $"[{w[..^1]}]" : w)]);

    /// <summary>Does it, or says how it is written.</summary>
    /// <param name="words">What follows the part's name.</param>
    internal string? Run(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        int least = Words.Count(w => !w.EndsWith('?'));
        bool takesRest = Words.Count > 0 && Words[^1].EndsWith("...", StringComparison.Ordinal);
        if (words.Count < least || (words.Count > Words.Count && !takesRest))
            return Usage;
        return _run(part, takesRest ? [.. words.Take(Words.Count - 1), string.Join(' ', words.Skip(Words.Count - 1))] : words, answer);
    }
}
