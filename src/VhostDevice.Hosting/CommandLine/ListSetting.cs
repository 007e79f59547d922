// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A text that may be given several times.</summary>
public sealed class ListSetting(string name, string? alias, string value, string help) : Setting(name, alias, value, help)
{
    /// <inheritdoc/>
    public override bool Repeats => true;

    /// <summary>What follows a value on the command line is another one, up to the next option.</summary>
    public bool TakesSeveral { get; init; }

    internal override object? Read(string text, object? before, out string problem)
    {
        problem = "";
        List<string> all = before as List<string> ?? [];
        all.Add(text);
        return all;
    }
}
