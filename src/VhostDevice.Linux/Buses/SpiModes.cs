// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>How a transfer is clocked and on how many lines it goes (linux/spi/spi.h, SPI_…).</summary>
[Flags]
public enum SpiModes : uint
{
    None = 0,

    /// <summary>Data is sampled on the clock's second edge.</summary>
    ClockPhase = 0x1,

    /// <summary>The clock rests high.</summary>
    ClockPolarity = 0x2,

    /// <summary>Chip select is active high.</summary>
    ChipSelectHigh = 0x4,

    LeastBitFirst = 0x8,

    /// <summary>The controller returns what it sends.</summary>
    Loop = 0x20,

    SendDual = 0x100,
    SendQuad = 0x200,
    ReceiveDual = 0x400,
    ReceiveQuad = 0x800,
    SendOctal = 0x2000,
    ReceiveOctal = 0x4000,
}
