// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>
/// One thing that a command line may say: an option with a value, or a flag. It is data, so that the parser, the help
/// and every document that lists options read the same table.
/// </summary>
public abstract class Setting
{
    private protected Setting(string name, string? alias, string? value, string help)
    {
        Name = name;
        Alias = alias;
        Value = value;
        Help = help;
    }

    /// <summary>The long name with its dashes: <c>--max-bytes</c>.</summary>
    public string Name { get; }

    /// <summary>Another name, usually one letter: <c>-m</c>.</summary>
    public string? Alias { get; }

    /// <summary>The word that stands for the value in help and messages; null for a flag.</summary>
    public string? Value { get; }

    /// <summary>What it does, in a sentence without a full stop.</summary>
    public string Help { get; }

    /// <summary>The command makes no sense without it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>May be given several times.</summary>
    public virtual bool Repeats => false;

    /// <summary>What holds when it is not given, as the user would write it; null: nothing that needs saying.</summary>
    public string? DefaultText { get; private protected set; }

    internal bool IsCalled(string word) => word == Name || word == Alias;

    /// <summary>The value that a text means.</summary>
    /// <param name="before">The value that was read earlier, where the setting repeats.</param>
    /// <param name="problem">One sentence for the user when the result is null.</param>
    internal abstract object? Read(string text, object? before, out string problem);
}
