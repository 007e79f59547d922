// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>What a line of a GPIO chip is and does (<c>enum gpio_v2_line_flag</c>).</summary>
[Flags]
public enum GpioLineFlags : ulong
{
    /// <summary>Neither input nor output is asked for: the line goes on as it is.</summary>
    None = 0,

    /// <summary>Somebody has it; only in answers.</summary>
    Used = 1 << 0,
    ActiveLow = 1 << 1,
    Input = 1 << 2,
    Output = 1 << 3,
    EdgeRising = 1 << 4,
    EdgeFalling = 1 << 5,
    OpenDrain = 1 << 6,
    OpenSource = 1 << 7,
    BiasPullUp = 1 << 8,
    BiasPullDown = 1 << 9,
    BiasDisabled = 1 << 10,
}
