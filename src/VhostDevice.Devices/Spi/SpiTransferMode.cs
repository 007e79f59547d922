// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Spi;

/// <summary>The mode of a request (virtio 1.4 §5.20.6.1).</summary>
[Flags]
public enum SpiTransferMode : uint
{
    None = 0,

    /// <summary>VIRTIO_SPI_CPHA.</summary>
    SecondEdge = 1 << 0,

    /// <summary>VIRTIO_SPI_CPOL.</summary>
    ClockHigh = 1 << 1,

    /// <summary>VIRTIO_SPI_CS_HIGH.</summary>
    ChipSelectHigh = 1 << 2,

    /// <summary>VIRTIO_SPI_MODE_LSB_FIRST.</summary>
    LeastBitFirst = 1 << 3,

    /// <summary>VIRTIO_SPI_MODE_LOOP.</summary>
    Loop = 1 << 4,

    All = SecondEdge | ClockHigh | ChipSelectHigh | LeastBitFirst | Loop,
}
