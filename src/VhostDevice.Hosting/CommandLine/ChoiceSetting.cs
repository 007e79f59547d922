// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>One of a few words.</summary>
public sealed class ChoiceSetting : Setting
{
    /// <param name="words">What may be given, at least two.</param>
    /// <param name="byDefault">The word when none is given; null: the device decides, see <see cref="Unset"/>.</param>
    public ChoiceSetting(string name, string? alias, string value, string help, IReadOnlyList<string> words, string? byDefault = null)
        : base(name, alias, value, help)
    {
        Words = words;
        Default = byDefault;
        DefaultText = byDefault;
    }

    /// <summary>The words, in the order in which messages name them.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Capital letters or not, it is the same.</summary>
    public bool IgnoresCase { get; init; }

    internal string? Default { get; }

    /// <inheritdoc cref="TextSetting.Unset"/>
    public string Unset
    {
        init => DefaultText = value;
    }

    internal override object? Read(string text, object? before, out string problem)
    {
        problem = "";
        foreach (string word in Words)
        {
            if (string.Equals(word, text, IgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
                return word;
        }

        problem = $"'{text}' is no {Name}: {Sentence.OneOf(Words)}";
        return null;
    }
}
