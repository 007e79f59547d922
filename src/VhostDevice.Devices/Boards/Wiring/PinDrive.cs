// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>What a pin does to its wire.</summary>
public enum PinDrive : byte
{
    /// <summary>Nothing: an input, or an open-drain output that is off.</summary>
    Floating,

    /// <summary>A resistor to ground: low, unless somebody drives.</summary>
    PullDown,

    /// <summary>A resistor to the supply: high, unless somebody drives.</summary>
    PullUp,

    /// <summary>Connected to ground.</summary>
    Low,

    /// <summary>Connected to the supply.</summary>
    High,
}
