// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Sound;

/// <summary>The configuration space (virtio 1.3 §5.14.4). A driver without control elements reads the first three fields.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SoundConfig
{
    internal const int Size = 16;

    internal uint Jacks;
    internal uint Streams;
    internal uint ChannelMaps;
    internal uint Controls;
}
