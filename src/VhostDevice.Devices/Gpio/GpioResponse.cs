// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Gpio;

/// <summary>What the device answers a request with (<c>struct virtio_gpio_response</c>); line names take the place of the value.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct GpioResponse(byte status, byte value)
{
    internal const byte Ok = 0;
    internal const byte Error = 1;

    internal readonly byte Status = status;
    internal readonly byte Value = value;

    internal static GpioResponse Failed => new(Error, 0);

    internal static GpioResponse Done => new(Ok, 0);

    internal static GpioResponse Of(byte value) => new(Ok, value);

    internal static GpioResponse If(bool success) => success ? Done : Failed;
}

/// <summary>The status byte of an event (<c>struct virtio_gpio_irq_response</c>); the driver's part is the line, a le16.</summary>
internal static class GpioIrqStatus
{
    /// <summary>The buffers come back without an interrupt.</summary>
    internal const byte Invalid = 0;

    internal const byte Valid = 1;
}
