// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console;

/// <summary><c>VIRTIO_CONSOLE_F_*</c> (virtio 1.3 §5.3.3).</summary>
[Flags]
internal enum ConsoleFeatures : ulong
{
    None = 0,

    /// <summary>The configuration has the size of the window.</summary>
    Size = 1,

    /// <summary>There are control queues, and perhaps more ports than one.</summary>
    MultiPort = 2,

    /// <summary>A byte may be written through the configuration.</summary>
    EmergencyWrite = 4,
}
