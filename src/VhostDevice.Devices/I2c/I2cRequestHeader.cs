// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.I2c;

/// <summary>What a request begins with: <c>struct virtio_i2c_out_hdr</c> (virtio 1.3 §5.16.6.1). Little endian.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct I2cRequestHeader
{
    /// <summary>VIRTIO_I2C_FLAGS_FAIL_NEXT: the next request belongs to the same transfer.</summary>
    internal const uint FailNext = 1 << 0;

    /// <summary>VIRTIO_I2C_FLAGS_M_RD: the device-writable buffer is to be filled.</summary>
    internal const uint MessageRead = 1 << 1;

    /// <summary>The address as on the wire; see <see cref="I2cBusSet.Find"/>.</summary>
    internal ushort Address;

    internal ushort Padding;
    internal uint Flags;
}
