// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Input;

/// <summary>struct virtio_input_event (virtio 1.3 §5.8.6.2), little endian.</summary>
/// <param name="Type">EV_KEY and its like; <see cref="InputTypes"/>.</param>
/// <param name="Code">Which key, axis or LED.</param>
/// <param name="Value">1 and 0 for a key; a position; a distance.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct InputEvent(ushort Type, ushort Code, int Value)
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>What ends a report.</summary>
    public static InputEvent EndOfReport { get; } = new(InputTypes.Sync, 0, 0);

    /// <summary>Whether it ends a report (SYN_REPORT).</summary>
    public bool EndsReport => Type == InputTypes.Sync && Code == 0;
}
