// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Spi;

/// <summary>The configuration's mode_func_supported; <see cref="SpiTransferMode"/> has other places for the same things.</summary>
[Flags]
public enum SpiFunctions : uint
{
    None = 0,

    /// <summary>VIRTIO_SPI_MF_SUPPORT_CPHA_0: data is sampled on the clock's first edge.</summary>
    FirstEdge = 1 << 0,

    /// <summary>VIRTIO_SPI_MF_SUPPORT_CPHA_1: on its second.</summary>
    SecondEdge = 1 << 1,

    /// <summary>VIRTIO_SPI_MF_SUPPORT_CPOL_0: the clock rests low.</summary>
    ClockLow = 1 << 2,

    /// <summary>VIRTIO_SPI_MF_SUPPORT_CPOL_1: it rests high.</summary>
    ClockHigh = 1 << 3,

    /// <summary>VIRTIO_SPI_MF_SUPPORT_CS_HIGH.</summary>
    ChipSelectHigh = 1 << 4,

    /// <summary>VIRTIO_SPI_MF_SUPPORT_LSB_FIRST.</summary>
    LeastBitFirst = 1 << 5,

    /// <summary>VIRTIO_SPI_MF_SUPPORT_LOOPBACK.</summary>
    Loop = 1 << 6,

    /// <summary>All four ways to clock.</summary>
    AllClocks = FirstEdge | SecondEdge | ClockLow | ClockHigh,
}
