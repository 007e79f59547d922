// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Sound;

/// <summary>struct virtio_snd_query_info, behind its code: which items a driver wants to know of.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SoundQuery
{
    internal uint First;
    internal uint Count;

    /// <summary>Bytes of an item in the driver's eyes.</summary>
    internal uint ItemBytes;
}
