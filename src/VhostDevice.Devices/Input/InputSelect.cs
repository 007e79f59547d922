// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Input;

/// <summary>What the driver asks the configuration space for (virtio 1.3 §5.8.4, VIRTIO_INPUT_CFG_*).</summary>
internal enum InputSelect : byte
{
    Unset = 0,
    Name = 1,
    Serial = 2,
    Ids = 3,
    Properties = 0x10,
    Codes = 0x11,
    Axis = 0x12,
}
