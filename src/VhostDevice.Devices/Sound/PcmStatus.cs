// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Sound;

/// <summary>struct virtio_snd_pcm_status: the end of each buffer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PcmStatus
{
    internal const int Size = 8;

    internal SoundStatus Status;

    /// <summary>How far what is heard is behind what was sent, or what was sent behind what was heard.</summary>
    internal uint LatencyBytes;
}
