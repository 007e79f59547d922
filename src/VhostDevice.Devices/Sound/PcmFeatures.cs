// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound;

/// <summary>What a driver may choose for a stream, as bits (VIRTIO_SND_PCM_F_*).</summary>
[Flags]
internal enum PcmFeatures : uint
{
    None = 0,

    /// <summary>An event for each period. Each answer to a buffer says the same; so drivers need this only without buffers.</summary>
    PeriodEvents = 1 << 3,

    /// <summary>An event when the guest was too slow.</summary>
    XrunEvents = 1 << 4,

    Offered = PeriodEvents | XrunEvents,
}
