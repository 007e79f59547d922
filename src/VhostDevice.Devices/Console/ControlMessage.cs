// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Console;

/// <summary>
/// A message of the control queues (<c>struct virtio_console_control</c>, virtio 1.3 §5.3.6.2), little endian; a name or a size
/// follows some.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlMessage
{
    internal const int Size = 8;

    internal uint Port;
    internal ControlEvent Event;
    internal ushort Value;
}

/// <summary><c>VIRTIO_CONSOLE_*</c>.</summary>
internal enum ControlEvent : ushort
{
    DeviceReady = 0,
    PortAdd = 1,
    PortRemove = 2,
    PortReady = 3,
    ConsolePort = 4,
    Resize = 5,
    PortOpen = 6,
    PortName = 7,
}
