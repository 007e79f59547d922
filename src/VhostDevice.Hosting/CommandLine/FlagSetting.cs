// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A flag: given or not.</summary>
public sealed class FlagSetting(string name, string? alias, string help) : Setting(name, alias, null, help)
{
    /// <summary>Nothing behind it on the command line matters any more: <c>--help</c>, <c>--version</c>.</summary>
    internal bool EndsTheLine { get; init; }

    /// <summary>With the flag, which then stands alone, the program prints this and ends; null: an ordinary flag.</summary>
    public Func<string>? Prints { get; init; }

    internal override object? Read(string text, object? before, out string problem)
    {
        problem = "";
        return this;
    }
}
