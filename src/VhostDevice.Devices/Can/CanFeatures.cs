// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary>
/// <c>VIRTIO_CAN_F_*</c> as feature bits. VIRTIO_CAN_F_LATE_TX_ACK (bit 3) is not among them: a frame is acknowledged to the
/// guest when the interface has taken it, not when it was on the bus.
/// </summary>
[Flags]
internal enum CanFeatures : ulong
{
    None = 0,
    Classic = 1 << 0,
    Fd = 1 << 1,
    Remote = 1 << 2,
}
