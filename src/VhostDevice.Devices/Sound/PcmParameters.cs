// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Sound;

/// <summary>struct virtio_snd_pcm_set_params behind the stream's number: how a driver wants to use it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PcmParameters
{
    internal const int Size = 16;

    internal uint BufferBytes;
    internal uint PeriodBytes;
    internal PcmFeatures Features;
    internal byte Channels;
    internal byte Format;
    internal byte Rate;
    internal byte Padding;
}
