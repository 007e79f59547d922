// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound;

/// <summary>VIRTIO_SND_D_*.</summary>
public enum SoundDirection : byte
{
    /// <summary>The guest plays.</summary>
    Output,

    /// <summary>The guest records.</summary>
    Input,
}
