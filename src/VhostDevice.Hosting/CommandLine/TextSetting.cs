// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A text: a path, a name, a list in the device's own grammar.</summary>
public sealed class TextSetting : Setting
{
    /// <param name="value">The word that stands for it in help.</param>
    /// <param name="byDefault">The value when it is not given; null: there is none.</param>
    public TextSetting(string name, string? alias, string value, string help, string? byDefault = null)
        : base(name, alias, value, help)
    {
        Default = byDefault;
        DefaultText = byDefault;
    }

    internal string? Default { get; }

    /// <summary>What help says of the default, where there is no value that could be shown.</summary>
    public string Unset
    {
        init => DefaultText = value;
    }

    /// <summary>What is possible, where that is known: <c>octal digits, such as 660</c>.</summary>
    public string Wanted { get; init; } = "";

    /// <summary>Whether a text is one of those; null: every text is.</summary>
    public Func<string, bool>? IsPossible { get; init; }

    internal override object? Read(string text, object? before, out string problem)
    {
        bool isPossible = IsPossible is null || IsPossible(text);
        problem = isPossible ? "" : $"'{text}' is no {Name}: {Wanted}";
        return isPossible ? text : null;
    }
}
