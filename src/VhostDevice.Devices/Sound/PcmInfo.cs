// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Sound;

/// <summary>struct virtio_snd_pcm_info: what a stream can do.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PcmInfo
{
    internal const int Size = 32;

    internal uint Node;
    internal PcmFeatures Features;
    internal ulong Formats;
    internal ulong Rates;
    internal SoundDirection Direction;
    internal byte LeastChannels;
    internal byte MostChannels;
}
