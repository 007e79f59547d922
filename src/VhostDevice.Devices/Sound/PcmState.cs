// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound;

/// <summary>Where a stream is in its life (virtio 1.3 §5.14.6.6.1). The values are part of the saved state.</summary>
internal enum PcmState : byte
{
    New,
    ParametersSet,
    Prepared,
    Running,
    Stopped,
    Released,
}
