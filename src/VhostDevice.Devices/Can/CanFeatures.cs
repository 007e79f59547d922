// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary><c>VIRTIO_CAN_F_*</c> as feature bits.</summary>
[Flags]
internal enum CanFeatures : ulong
{
    None = 0,
    Classic = 1 << 0,
    Fd = 1 << 1,
    Remote = 1 << 2,

    /// <summary>A frame is answered when it was on the bus; otherwise when the bus has taken it.</summary>
    LateAcknowledgement = 1 << 3,
}
