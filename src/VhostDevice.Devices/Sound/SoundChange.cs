// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound;

/// <summary>What somebody has changed at a stream.</summary>
internal enum SoundChange
{
    Jack,
    Volume,
    Mute,
}
