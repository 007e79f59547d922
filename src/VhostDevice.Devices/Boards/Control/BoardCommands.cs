// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Control;

/// <summary>What people ask of a board, in words.</summary>
public static class BoardCommands
{
    /// <summary>The longest that a button can be asked to be pressed.</summary>
    private const int MaxPressMilliseconds = 3_600_000;

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
                "press" when words.Count is 2 or 3 => Press(board, words[1], words.ElementAtOrDefault(2)),
                "press" => "press BUTTON [MILLISECONDS]",
                "release" when words.Count == 2 => Release(board, words[1]),
                "release" => "release BUTTON",
                _ => $"there is no command '{words[0]}': list, get, set, press, release, watch",
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

    private static string? Press(Board board, string name, string? time)
    {
        if (FindButton(board, name, out Button? button) is { } problem)
            return problem;
        int milliseconds = 0;
        if (time is not null && (!int.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out milliseconds) || milliseconds is 0 or > MaxPressMilliseconds))
            return $"a button cannot be pressed for '{time}': 1 to {MaxPressMilliseconds} milliseconds";
        button!.Press(time is null ? null : TimeSpan.FromMilliseconds(milliseconds));
        return null;
    }

    private static string? Release(Board board, string name)
    {
        string? problem = FindButton(board, name, out Button? button);
        button?.Release();
        return problem;
    }

    private static string? FindButton(Board board, string name, out Button? button)
    {
        button = board.Find(name) as Button;
        return button is not null ? null
            : $"there is no button '{name}'{(board.Parts.OfType<Button>().Any() ? ": " + string.Join(", ", board.Parts.OfType<Button>().Select(b => b.Name)) : "")}";
    }
}
