// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.RegularExpressions;

namespace VhostDevice.Architecture.Tests.Circles;

/// <summary>A C# file: the folder it is in, the types it declares and the names that stand in its code.</summary>
internal sealed partial class SourceFile
{
    private readonly HashSet<string> _visible;
    private readonly Dictionary<string, HashSet<string>> _names;

    internal SourceFile(string name, string folder, string text)
    {
        Name = name;
        Folder = folder;
        string code = NotCode().Replace(text, " ");
        Namespace = NamespaceLine().Match(code).Groups[1].Value;
        Types = [.. Declaration().Matches(code).Select(m => m.Groups[1].Value).Distinct()];
        _names = Names(code);
        _visible = [Namespace, .. Using().Matches(code).Select(m => m.Groups[1].Value)];
    }

    internal string Name { get; }

    internal string Folder { get; }

    internal string Namespace { get; }

    /// <summary>The types that are not nested in another one.</summary>
    internal IReadOnlyList<string> Types { get; }

    /// <summary>Whether a name in this file stands for that type of another one.</summary>
    internal bool Mentions(string type, string space) =>
        _names.TryGetValue(type, out HashSet<string>? before)
        && before.Any(b => b.Length == 0
            ? _visible.Contains(space) || Namespace.StartsWith(space + ".", StringComparison.Ordinal)
            : space == b || space.EndsWith("." + b, StringComparison.Ordinal));

    /// <summary>All identifiers, each with what stands before it, joined to it with dots.</summary>
    private static Dictionary<string, HashSet<string>> Names(string code)
    {
        Dictionary<string, HashSet<string>> names = [];
        foreach (Match match in DottedName().Matches(code))
        {
            string[] parts = match.Value.Split('.');
            for (int i = 0; i < parts.Length; i++)
            {
                if (!names.TryGetValue(parts[i], out HashSet<string>? before))
                    names[parts[i]] = before = [];
                before.Add(string.Join('.', parts[..i]));
            }
        }

        return names;
    }

    // Comments and literals. A string in a hole of another string ends that one early, which costs nothing here.
    [GeneratedRegex(
        """
        //[^\n]*|/\*.*?\*/|"{3}.*?"{3}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'
        """,
        RegexOptions.Singleline)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^using ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    // In the first column, so nested types are left out; a file's own ones are, too.
    [GeneratedRegex(
        @"^(?:(?:public|internal|static|abstract|sealed|partial|readonly|ref|unsafe) )*"
        + @"(?:class|struct|interface|enum|record(?: class| struct)?|delegate [^\n(]*?(?=\w+\s*(?:<[^>\n]*>)?\()) ?(\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Declaration();

    // After a built-in type comes a name that is declared: a field may be called as a type is.
    [GeneratedRegex(@"(?<![\w.])(?<!\b(?:bool|byte|sbyte|short|ushort|int|uint|long|ulong|string|object)\?? )[A-Za-z_]\w*(?:\.\w+)*")]
    private static partial Regex DottedName();
}
