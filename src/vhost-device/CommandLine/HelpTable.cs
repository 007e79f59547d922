// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Program.CommandLine;

/// <summary>A part of --help: words at the left, the text about them beside, in lines that fit a terminal.</summary>
internal static class HelpTable
{
    private const int Width = 80;
    private const int Indent = 2;

    /// <summary>Longer words have a line to themselves, so that the texts keep half of the width.</summary>
    private const int MaxColumn = 34;

    /// <summary>Writes nothing when there is nothing in it.</summary>
    internal static void Write(TextWriter output, string title, IReadOnlyList<(string Words, string? Text)> rows)
    {
        if (rows.Count == 0)
            return;
        output.WriteLine($"\n{title}:");
        int column = Indent;
        foreach ((string words, _) in rows)
        {
            int end = Indent + words.Length + Indent;
            if (end <= MaxColumn)
                column = Math.Max(column, end);
        }

        foreach ((string words, string? text) in rows)
            WriteRow(output, words, text ?? "", column);
    }

    private static void WriteRow(TextWriter output, string words, string text, int column)
    {
        string line = new string(' ', Indent) + words;
        if (line.Length + Indent > column)
        {
            output.WriteLine(line);
            line = "";
        }

        line = line.PadRight(column);
        foreach (string each in text.Split(' '))
        {
            if (line.Length + each.Length > Width && line.Length > column)
            {
                output.WriteLine(line.TrimEnd());
                line = new string(' ', column);
            }

            line += each + " ";
        }

        output.WriteLine(line.TrimEnd());
    }
}
