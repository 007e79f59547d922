// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Gpio;

/// <summary>Which way a line works.</summary>
public enum GpioDirection
{
    /// <summary>Whichever way it has now; never the answer to what it is.</summary>
    AsIs,
    In,
    Out,
}

/// <summary>The changes of an input's level that are reported.</summary>
[Flags]
public enum GpioEdges
{
    None = 0,
    Rising = 1,
    Falling = 2,
    Both = Rising | Falling,
}

/// <summary>What pulls a line that nobody drives.</summary>
public enum GpioBias
{
    /// <summary>Whatever the chip has now.</summary>
    AsIs,
    Disabled,
    PullUp,
    PullDown,
}

/// <summary>How a requested line is set up; all of it at once.</summary>
/// <param name="Direction">Which way it works.</param>
/// <param name="Value">For <see cref="GpioDirection.Out"/>: the level to drive from the first moment on.</param>
/// <param name="Edges">For <see cref="GpioDirection.In"/>: what the listener hears of.</param>
/// <param name="Bias">The pull.</param>
public readonly record struct GpioLineSettings(
    GpioDirection Direction,
    bool Value = false,
    GpioEdges Edges = GpioEdges.None,
    GpioBias Bias = GpioBias.AsIs);
