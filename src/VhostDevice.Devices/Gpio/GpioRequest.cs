// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Gpio;

/// <summary>What the driver writes into the request queue (<c>struct virtio_gpio_request</c>, virtio 1.3 §5.18.6).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioRequest
{
    internal const int Size = 8;

    internal GpioMessage Type;
    internal ushort Line;
    internal uint Value;
}

/// <summary><c>VIRTIO_GPIO_MSG_*</c>.</summary>
internal enum GpioMessage : ushort
{
    GetLineNames = 1,
    GetDirection = 2,
    SetDirection = 3,
    GetValue = 4,
    SetValue = 5,
    SetIrqType = 6,
}

/// <summary><c>VIRTIO_GPIO_DIRECTION_*</c>.</summary>
internal static class GpioWireDirection
{
    internal const uint None = 0;
    internal const uint Out = 1;
    internal const uint In = 2;
}

/// <summary><c>VIRTIO_GPIO_IRQ_TYPE_*</c>.</summary>
internal enum GpioIrqType : uint
{
    None = 0,
    EdgeRising = 1,
    EdgeFalling = 2,
    EdgeBoth = 3,
    LevelHigh = 4,
    LevelLow = 8,
}
