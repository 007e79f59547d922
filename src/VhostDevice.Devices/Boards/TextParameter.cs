// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards;

/// <summary>A value that the part computes, such as the time of a clock or the bits of a port.</summary>
/// <param name="get">The value, under <see cref="Board.Gate"/>.</param>
/// <param name="accepts">What <paramref name="set"/> takes, for people.</param>
/// <param name="set">Takes a user's text, under the gate; false when it makes no sense. Null: read only.</param>
public sealed class TextParameter(string name, string unit, Func<string> get, string? accepts = null, Func<string, bool>? set = null)
    : BoardParameter(name, unit)
{
    public override string? Accepts => set is null ? null : accepts;

    public override string Text => get();

    /// <summary>The part says that the value is another one now.</summary>
    public void Changed() => Announce();

    protected override bool Parse(string text)
    {
        if (!set!(text))
            return false;
        Announce();
        return true;
    }
}
