// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound;

/// <summary>What became of a request, VIRTIO_SND_S_* (virtio 1.3 §5.14.6).</summary>
internal enum SoundStatus : uint
{
    Ok = 0x8000,

    /// <summary>It makes no sense, or not now.</summary>
    BadMessage,

    NotSupported,
    IoError,
}
