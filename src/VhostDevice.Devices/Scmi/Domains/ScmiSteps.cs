// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>Values that something can have: from the least to the most in steps.</summary>
/// <param name="Least">At most <paramref name="Most"/>.</param>
/// <param name="Step">1 or more.</param>
public readonly record struct ScmiSteps(long Least, long Most, long Step)
{
    /// <summary>How a value that there is not becomes one that there is.</summary>
    internal enum Rounding
    {
        Down,
        Up,
        Nearest,
    }

    internal bool Has(long value) => value >= Least && value <= Most;

    /// <summary>The value, or one beside it. For one within the range.</summary>
    internal long Round(long value, Rounding rounding)
    {
        long below = Least + ((value - Least) / Step * Step);
        long above = Math.Min(below + Step, Most);
        return value == below || value == Most ? value
            : rounding == Rounding.Down || (rounding == Rounding.Nearest && value - below <= above - value) ? below
            : above;
    }
}
