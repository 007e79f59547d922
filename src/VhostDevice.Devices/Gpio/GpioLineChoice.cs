// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Gpio;

/// <summary>A line of a chip that a device shows to its guest.</summary>
/// <param name="HostLine">Its number on the chip; the guest counts its lines from 0.</param>
/// <param name="Bias">The pull while the guest has it; virtio has no word for that.</param>
public readonly record struct GpioLineChoice(int HostLine, GpioBias Bias = GpioBias.AsIs)
{
    /// <summary>The most lines that a guest can address.</summary>
    public const int MaxLines = ushort.MaxValue;

    /// <summary>All lines of a chip, in its order, as far as a guest can address them.</summary>
    public static GpioLineChoice[] All(IGpioChip chip)
    {
        GpioLineChoice[] lines = new GpioLineChoice[Math.Min(chip.LineCount, MaxLines)];
        for (int i = 0; i < lines.Length; i++)
            lines[i] = new GpioLineChoice(i);
        return lines;
    }
}
