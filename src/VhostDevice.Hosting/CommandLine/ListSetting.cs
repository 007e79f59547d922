// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A text that may be given several times.</summary>
public sealed class ListSetting(string name, string? alias, string value, string help) : Setting(name, alias, value, help)
{
    /// <inheritdoc/>
    public override bool Repeats => true;

    internal override object? Read(string text, object? before, out string problem)
    {
        problem = "";
        List<string> all = before as List<string> ?? [];
        all.Add(text);
        return all;
    }
}
