// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.I2c;

/// <summary>What a request ends with: the only field of <c>struct virtio_i2c_in_hdr</c> (virtio 1.3 §5.16.6.1).</summary>
internal enum I2cStatus : byte
{
    /// <summary>VIRTIO_I2C_MSG_OK.</summary>
    Ok = 0,

    /// <summary>VIRTIO_I2C_MSG_ERR.</summary>
    Error = 1,
}
