// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.RegularExpressions;

namespace VhostDevice.Architecture.Tests;

/// <summary>
/// The words of a framework's exception are no text for users: in the native program they are the keys of its resources.
/// Only exceptions whose messages are ours may be shown.
/// </summary>
public partial class MessageTests
{
    private static readonly string[] s_ours =
        ["StartupException", "YamlFileException", "BoardException", "FrontEndException", "DbcException", "CanLogException"];

    // The file, and what is shown there though it is not caught as one of ours.
    private static readonly (string File, string Variable)[] s_allowed =
    [
        ("YamlReader.cs", "problem"), // the YAML parser's own word about the syntax
        ("UsageErrors.cs", "error"), // what a parser of the command line said, ours as a rule
        ("ProbeCommand.cs", "Problem"), // a FrontEndException
    ];

    [Fact]
    public void Only_our_own_exceptions_words_are_shown()
    {
        List<string> wrong = [];
        IEnumerable<string> sources = Directory.EnumerateFiles(ProjectTests.Source, "*.cs", SearchOption.AllDirectories)
            .Where(p => !p.Contains("/obj/", StringComparison.Ordinal));
        foreach (string path in sources)
        {
            string text = File.ReadAllText(path);
            foreach (Match match in Shown().Matches(text))
            {
                string name = match.Groups[1].Value;
                // What the nearest handler above it caught under that name.
                string? caught = Caught().Matches(text[..match.Index]).LastOrDefault(m => m.Groups[2].Value == name)?.Groups[1].Value;
                bool exception = caught is not null || name is "Problem" or "fault" or "error" or "problem" or "exception";
                if (exception && !s_ours.Contains(caught) && !s_allowed.Contains((Path.GetFileName(path), name)))
                    wrong.Add($"{path}: {match.Value}");
            }
        }

        Assert.Equal([], wrong);
    }

    [GeneratedRegex(@"catch \((\w+) (\w+)\)")]
    private static partial Regex Caught();

    [GeneratedRegex(@"\b(\w+)\.Message\b")]
    private static partial Regex Shown();
}
