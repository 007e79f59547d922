// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Architecture.Tests.Circles;

/// <summary>
/// Which folder uses types of which other one. A file that no other mentions puts things together (a device's kind, a
/// program's start); nothing depends on it, wherever it is, so it does not count.
/// </summary>
internal sealed class FolderGraph
{
    private readonly List<Arrow> _arrows;
    private readonly HashSet<(string From, string To)> _ways;

    internal FolderGraph(IReadOnlyCollection<SourceFile> files)
    {
        List<(SourceFile File, SourceFile Other, string Type)> mentions = [];
        foreach (SourceFile file in files)
        {
            foreach (SourceFile other in files.Where(f => f != file))
            {
                foreach (string type in other.Types.Where(t => !file.Types.Contains(t) && file.Mentions(t, other.Namespace)))
                    mentions.Add((file, other, type));
            }
        }

        HashSet<SourceFile> used = [.. mentions.Select(m => m.Other)];
        _arrows =
        [
            .. mentions.Where(m => m.File.Folder != m.Other.Folder && used.Contains(m.File))
                .Select(m => new Arrow(m.File.Folder, m.Other.Folder, m.File.Name, m.Type)).Distinct(),
        ];
        _ways = [.. _arrows.Select(a => (a.From, a.To))];
        string[] folders = [.. files.Select(f => f.Folder).Distinct()];
        foreach (string over in folders)
        {
            foreach (string from in folders)
            {
                foreach (string to in folders)
                {
                    if (_ways.Contains((from, over)) && _ways.Contains((over, to)))
                        _ways.Add((from, to));
                }
            }
        }
    }

    /// <summary>A mention of a type: from one folder to another.</summary>
    internal readonly record struct Arrow(string From, string To, string File, string Type);

    /// <summary>Groups of folders each of which reaches all others of its group.</summary>
    internal IEnumerable<string[]> Circles() =>
        _ways.Where(w => w.From == w.To)
            .Select(w => _ways.Where(o => o.From == w.From && _ways.Contains((o.To, o.From))).Select(o => o.To)
                .Order(StringComparer.Ordinal).ToArray())
            .DistinctBy(c => string.Join(' ', c))
            .OrderBy(c => c[0], StringComparer.Ordinal);

    /// <summary>The arrows of a circle, those that are easiest to turn first.</summary>
    internal IEnumerable<string> Describe(IReadOnlyCollection<string> circle) =>
        _arrows.Where(a => circle.Contains(a.From) && circle.Contains(a.To))
            .GroupBy(a => (a.From, a.To))
            .OrderBy(g => g.Count())
            .Select(g => $"  {g.Key.From} -> {g.Key.To}, {g.Count()}: "
                + string.Join(", ", g.Take(6).Select(a => $"{a.File} uses {a.Type}")));
}
