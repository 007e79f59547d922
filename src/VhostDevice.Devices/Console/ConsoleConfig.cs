// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Console;

/// <summary>The configuration of a console (<c>struct virtio_console_config</c>, virtio 1.3 §5.3.4), little endian.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ConsoleConfig
{
    internal const int Size = 12;

    /// <summary>Where <see cref="EmergencyWrite"/> is.</summary>
    internal const int EmergencyOffset = 8;

    /// <summary>Of port 0's window; 0: not known.</summary>
    internal ushort Columns;
    internal ushort Rows;

    internal uint MaxPorts;

    /// <summary>Its low byte is output; reads as 0.</summary>
    internal uint EmergencyWrite;
}
