// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>A trip point of a sensor: a value whose crossing is reported.</summary>
/// <param name="Mode">In which directions; 0: not at all.</param>
internal readonly record struct SensorTrip(uint Mode, long Value)
{
    internal const uint Rising = 1;
    internal const uint Falling = 2;
    internal const uint AllModes = 3;

    /// <summary>What of a step from one value to the next is to be reported: one of the directions, or 0.</summary>
    internal uint CrossedBy(long before, long now) =>
        before < Value && now >= Value ? Mode & Rising
        : before > Value && now <= Value ? Mode & Falling
        : 0;
}
