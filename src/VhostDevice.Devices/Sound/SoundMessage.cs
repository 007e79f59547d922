// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound;

/// <summary>What a driver asks on the control queue, VIRTIO_SND_R_* (virtio 1.3 §5.14.6).</summary>
internal enum SoundMessage : uint
{
    JackInfo = 1,
    JackRemap,
    PcmInfo = 0x100,
    SetParameters,
    Prepare,
    Release,
    Start,
    Stop,
    ChannelMapInfo = 0x200,
    ControlInfo = 0x300,
    ControlItems,
    ControlRead,
    ControlWrite,
    ControlTlvRead,
    ControlTlvWrite,
    ControlTlvCommand,
}
