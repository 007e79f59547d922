// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues.Inflight;

/// <summary>A chain that a predecessor had taken out of a packed ring and not returned.</summary>
/// <param name="Entry">Its first entry in the record.</param>
/// <param name="Counter">Its place in the order in which chains were taken.</param>
/// <param name="Descriptors">Copies of its descriptors, which the ring may not have any more; not checked.</param>
internal sealed record PackedLeftover(ushort Entry, ulong Counter, PackedDescriptor[] Descriptors);
