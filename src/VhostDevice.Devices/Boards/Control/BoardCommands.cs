// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Control;

/// <summary>What people ask of a board, in words.</summary>
public static class BoardCommands
{
    /// <summary>Does one request. From any thread.</summary>
    /// <param name="words">The command and what follows.</param>
    /// <param name="answer">Called with each line of the answer.</param>
    /// <returns>What is wrong and what to write instead; null when it was done.</returns>
    public static string? Run(Board board, IReadOnlyList<string> words, Action<string> answer)
    {
        lock (board.Gate)
        {
            return words[0] switch
            {
                "list" when words.Count <= 2 => List(board, words.ElementAtOrDefault(1), answer),
                "list" => "list [PART]",
                "get" when words.Count == 3 => Get(board, words[1], words[2], answer),
                "get" => "get PART PARAMETER",
                "set" when words.Count >= 4 => Set(board, words[1], words[2], string.Join(' ', words.Skip(3))),
                "set" => "set PART PARAMETER VALUE",
                _ => RunVerb(board, words, answer),
            };
        }
    }

    /// <summary>"temp0 temperature 42.5 °C". Under the board's gate.</summary>
    internal static string Show(BoardPart part, BoardParameter parameter) =>
        $"{part.Name} {parameter.Name} {parameter.Text}{(parameter.Unit.Length > 0 ? " " + parameter.Unit : "")}";

    /// <returns>What is wrong; null when both were found. No <paramref name="parameterName"/>: only the part is looked for.</returns>
    internal static string? TryFind(Board board, string partName, string? parameterName, out BoardPart? part, out BoardParameter? parameter)
    {
        parameter = null;
        part = board.Find(partName);
        if (part is null)
            return $"there is no part '{partName}': {string.Join(", ", board.Parts.Select(p => p.Name))}";
        if (parameterName is null)
            return null;
        parameter = part.Parameters.FirstOrDefault(p => p.Name == parameterName);
        return parameter is not null ? null
            : part.Parameters.Count == 0 ? $"{part.Name} has no parameters"
            : $"{part.Name} has no '{parameterName}': {string.Join(", ", part.Parameters.Select(p => p.Name))}";
    }

    private static string? List(Board board, string? name, Action<string> answer)
    {
        if (name is not null && TryFind(board, name, null, out _, out _) is { } problem)
            return problem;
        foreach (BoardPart part in board.Parts.Where(p => name is null || p == board.Find(name)))
        {
            if (part.Parameters.Count == 0)
                answer($"{part.Name} ({part.Model})");
            foreach (BoardParameter parameter in part.Parameters)
                answer($"{Show(part, parameter)} ({part.Model}; {parameter.Accepts ?? "read only"})");
        }

        return null;
    }

    private static string? Get(Board board, string partName, string name, Action<string> answer)
    {
        if (TryFind(board, partName, name, out _, out BoardParameter? parameter) is { } problem)
            return problem;
        answer(parameter!.Text);
        return null;
    }

    private static string? Set(Board board, string partName, string name, string value) =>
        TryFind(board, partName, name, out _, out BoardParameter? parameter) ?? parameter!.TrySet(value);

    // What parts can do besides, each with words of its own.
    private static string? RunVerb(Board board, IReadOnlyList<string> words, Action<string> answer)
    {
        PartVerb[] verbs = [.. board.KnownVerbs, .. board.Parts.SelectMany(p => p.Verbs)];
        PartVerb[] meant = [.. verbs.Where(v => v.Name == words[0]).Distinct()];
        if (meant.Length == 0)
        {
            string[] all = ["list", "get", "set", .. verbs.Select(v => v.Name).Distinct(), "watch"];
            return $"there is no command '{words[0]}': {string.Join(", ", all)}";
        }

        if (words.Count == 1)
            return string.Join(", or ", meant.Select(v => v.Usage));
        BoardPart? part = board.Find(words[1]);
        if (part?.Verbs.FirstOrDefault(v => v.Name == words[0]) is { } verb)
            return verb.Run(part, [.. words.Skip(2)], answer);
        string[] able = [.. board.Parts.Where(p => p.Verbs.Any(v => v.Name == words[0])).Select(p => p.Name)];
        string nouns = string.Join(" or ", meant.Select(v => v.Noun).Distinct());
        return $"there is no {nouns} '{words[1]}'{(able.Length > 0 ? ": " + string.Join(", ", able) : "")}";
    }
}
