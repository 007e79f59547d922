// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Architecture.Tests;

/// <summary>How large a file may be that people read: longer ones have two subjects, wider ones hide their end.</summary>
public class FormTests
{
    private const int MostLines = 400;
    private const int MostColumns = 150;
    private static readonly string[] s_folders = ["bench", "fuzz", "samples", "src", "tests"];

    [Fact]
    public void Files_are_short_and_lines_are_narrow()
    {
        List<string> files = [.. s_folders.SelectMany(Sources)];
        Assert.Contains(files, f => Path.GetFileName(f) == nameof(FormTests) + ".cs");
        Assert.Equal([], files.SelectMany(f => Problems(Path.GetRelativePath(ProjectTests.Root(), f), File.ReadAllText(f))));
    }

    /// <summary>The control: one line or one column too many is seen.</summary>
    [Fact]
    public void What_is_too_large_is_seen()
    {
        string widest = new('x', MostColumns);
        Assert.Equal([], Problems("f", string.Concat(Enumerable.Repeat(widest + "\n", MostLines))));
        Assert.Equal(["f has 401 lines"], Problems("f", string.Concat(Enumerable.Repeat("x\n", MostLines + 1))));
        Assert.Equal(["f:2 has 151 columns"], Problems("f", $"x\n{widest}x\nx\n"));
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(ProjectTests.Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    private static IEnumerable<string> Problems(string name, string text)
    {
        string[] lines = text.TrimEnd('\n').Split('\n');
        if (lines.Length > MostLines)
            yield return $"{name} has {lines.Length} lines";
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > MostColumns)
                yield return $"{name}:{i + 1} has {lines[i].Length} columns";
        }
    }
}
