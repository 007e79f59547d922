// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>How a file gives space back and zeroes it.</summary>
internal enum SpaceWay : byte
{
    /// <summary>fallocate(2), and nothing else.</summary>
    File,

    /// <summary>fallocate(2), which a device may refuse at any time; then BLKZEROOUT.</summary>
    Device,

    /// <summary>BLKDISCARD, since the device cannot zero; zeroes as <see cref="Device"/>.</summary>
    DiscardingDevice,
}
