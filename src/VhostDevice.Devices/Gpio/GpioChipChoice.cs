// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Gpio;

/// <summary>What one guest is to get, as a user wrote it: a chip, perhaps only some of its lines.</summary>
/// <param name="Chip">Number, path, name or label; null for a simulated chip.</param>
/// <param name="SimulatedLines">For a simulated chip: how many lines it has.</param>
/// <param name="Ranges">The lines to show, in the guest's order; null for all.</param>
public sealed record GpioChipChoice(string? Chip, int SimulatedLines, IReadOnlyList<GpioLineRange>? Ranges)
{
    /// <summary>
    /// Reads a list of chips, separated by colons: a number N for /dev/gpiochipN, a path, a name or a label, or sN for a
    /// simulated chip of N lines; behind each may be lines in brackets. A backslash takes the meaning from what follows.
    /// </summary>
    /// <param name="problem">For the user, when false is returned.</param>
    public static bool TryParseList(string text, out IReadOnlyList<GpioChipChoice> choices, out string problem)
    {
        List<GpioChipChoice> list = [];
        choices = list;
        foreach (Element element in Split(text))
        {
            if (!TryParse(element, out GpioChipChoice? choice, out problem))
                return false;
            GpioChipChoice? former = choice.Chip is null ? null : list.Find(c => c.Chip == choice.Chip && c.Overlaps(choice, out _));
            if (former is not null)
            {
                _ = former.Overlaps(choice, out int line);
                problem = former.Ranges is null && choice.Ranges is null
                    ? $"the chip {choice.Chip} is in the list twice: give each guest lines of its own, as in {choice.Chip}[0-3]:{choice.Chip}[4-7]"
                    : $"line {line} of the chip {choice.Chip} is in the list twice: a line is one guest's alone";
                return false;
            }

            list.Add(choice);
        }

        problem = "";
        return true;
    }

    /// <summary>The lines of the chip that was found.</summary>
    /// <param name="problem">For the user, when false is returned.</param>
    public bool TryResolve(IGpioChip chip, out GpioLineChoice[] lines, out string problem)
    {
        problem = "";
        lines = [];
        if (chip.LineCount == 0)
            problem = $"{chip.Name} has no lines, and no driver takes such a chip";
        else if (Ranges is not null && Ranges.Max(r => r.Last) is int last && last >= chip.LineCount)
            problem = $"{chip.Name} has no line {last}: its lines are 0 to {chip.LineCount - 1}";
        if (problem.Length > 0)
            return false;
        lines = Ranges is null ? GpioLineChoice.All(chip) : [.. Ranges.SelectMany(Expand)];
        return true;
    }

    private static IEnumerable<GpioLineChoice> Expand(GpioLineRange range) =>
        Enumerable.Range(range.First, range.Last - range.First + 1).Select(n => new GpioLineChoice(n, range.Bias));

    private static bool TryParse(Element element, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out GpioChipChoice? choice, out string problem)
    {
        choice = null;
        List<GpioLineRange>? ranges = null;
        problem = element.Chip.Length == 0 ? "a chip of the list has no name" : element.Problem;
        if (problem.Length > 0)
            return false;
        foreach (string part in element.Lines?.Split(',') ?? [])
        {
            if (!GpioLineRange.TryParse(part, out GpioLineRange range, out problem))
                return false;
            ranges ??= [];
            if (ranges.Exists(r => r.First <= range.Last && range.First <= r.Last))
            {
                problem = $"'{part}' repeats lines of {element.Chip}";
                return false;
            }

            ranges.Add(range);
        }

        int lines = 0;
        bool isSimulated = element.Chip[0] == 's' && element.Chip.Length > 1 && element.Chip.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;
        if (isSimulated
            && (
                !int.TryParse(element.Chip.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out lines)
                    || lines is 0 or > GpioLineChoice.MaxLines))
        {
            problem = $"a simulated chip '{element.Chip}' is not possible: s1 to s{GpioLineChoice.MaxLines}";
            return false;
        }

        // A number may have a plus; it is the same chip.
        string name = uint.TryParse(element.Chip, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out uint number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : element.Chip;
        choice = new GpioChipChoice(isSimulated ? null : name, lines, ranges);
        return true;
    }

    private static List<Element> Split(string text)
    {
        List<Element> elements = [];
        Element element = new();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (element.Lines is null || element.IsClosed)
            {
                if (c == ':')
                {
                    elements.Add(element);
                    element = new Element();
                }
                else if (element.IsClosed)
                {
                    element.Problem = $"there is '{text[i..]}' behind the lines of {element.Chip}: a colon was expected";
                    break;
                }
                else if (c == '[')
                {
                    element.Lines = "";
                }
                else
                {
                    element.Chip += c == '\\' && i + 1 < text.Length ? text[++i] : c;
                }
            }
            else if (c == ']')
            {
                element.IsClosed = true;
            }
            else
            {
                element.Lines += c;
            }
        }

        if (element is { Lines: not null, IsClosed: false })
            element.Problem = $"the lines of {element.Chip} end without a ']'";
        elements.Add(element);
        return elements;
    }

    private bool Overlaps(GpioChipChoice other, out int line)
    {
        foreach (GpioLineRange mine in Ranges ?? [new GpioLineRange(0, GpioLineChoice.MaxLines, GpioBias.AsIs)])
        {
            foreach (GpioLineRange theirs in other.Ranges ?? [new GpioLineRange(0, GpioLineChoice.MaxLines, GpioBias.AsIs)])
            {
                line = Math.Max(mine.First, theirs.First);
                if (line <= Math.Min(mine.Last, theirs.Last))
                    return true;
            }
        }

        line = -1;
        return false;
    }

    private sealed class Element
    {
        internal string Chip { get; set; } = "";

        internal string? Lines { get; set; }

        internal bool IsClosed { get; set; }

        internal string Problem { get; set; } = "";
    }
}
