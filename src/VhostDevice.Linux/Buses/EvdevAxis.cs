// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>An absolute axis of an input device (struct input_absinfo).</summary>
/// <param name="Value">Where it is now.</param>
/// <param name="Fuzz">Changes so small are noise.</param>
/// <param name="Flat">Values so near to the middle count as the middle.</param>
/// <param name="Resolution">Units per millimetre, or per radian.</param>
public readonly record struct EvdevAxis(int Value, int Minimum, int Maximum, int Fuzz, int Flat, int Resolution);
