// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Can;

/// <summary>
/// The head of a frame in both directions (<c>struct virtio_can_tx_out</c> and <c>virtio_can_rx</c> of linux/virtio_can.h),
/// little endian; the data follows.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CanHeader
{
    internal const int Size = 16;

    internal CanMessage Type;

    /// <summary>Bytes of data that follow.</summary>
    internal ushort Length;

    /// <summary>0; the raw DLC of long classic frames and the priority of CAN XL are not passed on.</summary>
    internal uint Reserved;

    internal CanHeaderFlags Flags;

    /// <summary>11 bits, or 29 of an extended frame.</summary>
    internal uint Id;
}

/// <summary><c>VIRTIO_CAN_TX</c> and <c>VIRTIO_CAN_RX</c>, and those of the control queue.</summary>
internal enum CanMessage : ushort
{
    Transmit = 0x0001,
    Receive = 0x0101,
    Start = 0x0201,
    Stop = 0x0202,
}

/// <summary><c>VIRTIO_CAN_FLAGS_*</c>.</summary>
[Flags]
internal enum CanHeaderFlags : uint
{
    None = 0,
    Remote = 0x2000,
    Fd = 0x4000,
    Extended = 0x8000,
    All = Remote | Fd | Extended,
}

/// <summary><c>VIRTIO_CAN_RESULT_*</c>, one byte.</summary>
internal static class CanResult
{
    internal const byte Ok = 0;
    internal const byte NotOk = 1;
}
