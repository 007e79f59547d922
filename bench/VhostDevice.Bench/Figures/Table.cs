// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Bench.Figures;

/// <summary>A table in plain text. Columns without any content are left out.</summary>
internal sealed class Table(params string[] heads)
{
    private readonly List<string[]> _lines = [];

    internal bool IsEmpty => _lines.Count == 0;

    internal void Add(params string[] cells) => _lines.Add(cells);

    internal void Print(TextWriter output)
    {
        if (IsEmpty)
            return;
        int[] columns = [.. Enumerable.Range(0, heads.Length).Where(c => _lines.Any(l => l[c].Length > 0))];
        int[] widths = [.. columns.Select(c => _lines.Append(heads).Max(l => l[c].Length))];
        foreach (string[] line in _lines.Prepend(heads))
        {
            StringBuilder text = new();
            for (int i = 0; i < columns.Length; i++)
                text.Append(line[columns[i]].PadRight(widths[i])).Append("  ");
            output.WriteLine(text.ToString().TrimEnd());
            if (line == heads)
                output.WriteLine(string.Join("  ", widths.Select(w => new string('-', w))));
        }
    }
}
