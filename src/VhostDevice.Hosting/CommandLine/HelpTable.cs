// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A part of --help: words at the left, the text about them beside, in lines that fit a terminal.</summary>
internal static class HelpTable
{
    private const int Width = 80;
    private const int Indent = 2;

    /// <summary>Longer words have a line to themselves, so that the texts keep half of the width.</summary>
    private const int MaxColumn = 34;

    /// <summary>Writes nothing when there is nothing in it.</summary>
    /// <param name="rows">The words of a row, and the text about them, by turns.</param>
    internal static void Write(StringBuilder output, string title, IReadOnlyList<string> rows)
    {
        if (rows.Count == 0)
            return;
        output.Append('\n').Append(title).Append(":\n");
        int column = Indent;
        for (int i = 0; i < rows.Count; i += 2)
        {
            int end = Indent + rows[i].Length + Indent;
            if (end <= MaxColumn)
                column = Math.Max(column, end);
        }

        for (int i = 0; i < rows.Count; i += 2)
            WriteRow(output, rows[i], rows[i + 1], column);
    }

    private static void WriteRow(StringBuilder output, string words, string text, int column)
    {
        output.Append(' ', Indent).Append(words);
        int at = Indent + words.Length;
        if (at + Indent > column)
        {
            output.Append('\n');
            at = 0;
        }

        bool isFirst = true;
        foreach (string word in text.Split(' '))
        {
            // A line that would be too long ends here.
            if (!isFirst && at + 1 + word.Length > Width)
            {
                output.Append('\n');
                at = 0;
            }

            if (at < column)
            {
                output.Append(' ', column - at);
                at = column;
            }
            else if (!isFirst)
            {
                output.Append(' ');
                at++;
            }

            output.Append(word);
            at += word.Length;
            isFirst = false;
        }

        output.Append('\n');
    }
}
