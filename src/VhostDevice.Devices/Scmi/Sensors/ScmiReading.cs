// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>What an axis showed at a moment.</summary>
/// <param name="Value">In the axis' unit and exponent.</param>
/// <param name="Time">Nanoseconds since 1970.</param>
public readonly record struct ScmiReading(long Value, ulong Time);
