// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Gpio;

/// <summary>The configuration space (<c>struct virtio_gpio_config</c>, virtio 1.3 §5.18.4).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioConfig
{
    internal ushort LineCount;
    internal ushort Padding;

    /// <summary>Bytes of all names, each with its zero; 0 when no line has a name.</summary>
    internal uint NamesSize;
}
