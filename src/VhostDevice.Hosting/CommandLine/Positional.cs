// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A word, or several, without an option in front: <c>IMAGE...</c>.</summary>
/// <param name="name">As it stands in help, in capitals.</param>
/// <param name="help">What it is, in a sentence without a full stop.</param>
/// <param name="least">How many there must be.</param>
/// <param name="most">How many there may be.</param>
public sealed class Positional(string name, string help, int least = 1, int most = 1)
{
    public string Name => name;

    public string Help => help;

    public int Least => least;

    public int Most => most;

    /// <summary>As it stands in a usage line.</summary>
    internal string Usage => (least, most) switch
    {
        (0, 1) => $"[{name}]",
        (0, _) => $"[{name}...]",
        (_, 1) => name,
        _ => $"{name}...",
    };
}
