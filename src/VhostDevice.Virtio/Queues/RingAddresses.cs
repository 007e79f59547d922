// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues;

/// <summary>Where the three parts of a virtqueue lie, in the front-end's user addresses (virtio 1.3 §2.6).</summary>
/// <param name="Descriptors">The descriptor table of a split ring; the ring itself of a packed one.</param>
/// <param name="Driver">The driver area: the available ring of a split ring, the driver's event suppression of a packed one.</param>
/// <param name="Device">The device area: the used ring of a split ring, the device's event suppression of a packed one.</param>
public readonly record struct RingAddresses(ulong Descriptors, ulong Driver, ulong Device);
