// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>One value of a sensor: what it is a number of.</summary>
/// <param name="name">Of an axis, up to 63 characters; of a sensor with one value not used.</param>
/// <param name="exponent">Of ten: -3 with <see cref="ScmiUnit.Volt"/> for millivolts. -16 to 15.</param>
public sealed class ScmiAxis(string name, ScmiUnit unit, int exponent)
{
    public string Name => name;

    public ScmiUnit Unit => unit;

    public int Exponent => exponent;

    /// <summary>Two values differ at least by this times ten to <see cref="ResolutionExponent"/>; 0 for unknown, less than 2^27.</summary>
    public uint Resolution { get; init; }

    /// <summary>-16 to 15.</summary>
    public int ResolutionExponent { get; init; }

    /// <summary>The least value, in the unit; the least of all for unknown.</summary>
    public long Least { get; init; } = long.MinValue;

    public long Most { get; init; } = long.MaxValue;
}
