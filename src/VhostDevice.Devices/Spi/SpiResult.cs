// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Spi;

/// <summary>What a request ends with: the only field of <c>struct virtio_spi_transfer_result</c> (virtio 1.4 §5.20.6.1).</summary>
internal enum SpiResult : byte
{
    /// <summary>VIRTIO_SPI_TRANS_OK.</summary>
    Ok = 0,

    /// <summary>VIRTIO_SPI_PARAM_ERR: it is nothing that this device could do.</summary>
    WrongParameter = 1,

    /// <summary>VIRTIO_SPI_TRANS_ERR: it was tried.</summary>
    Failed = 2,
}
