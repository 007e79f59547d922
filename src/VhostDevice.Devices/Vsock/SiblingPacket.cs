// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>A packet of one guest on its way to another, still in the sender's memory.</summary>
/// <param name="Sender">Who took the chain, and gets it back.</param>
/// <param name="Queue">Where the chain comes from.</param>
/// <param name="Chain">Completed when the last byte has arrived.</param>
/// <param name="Header">A copy that was checked.</param>
/// <param name="To">The receiver's end of the connection.</param>
internal readonly record struct SiblingPacket(
    SiblingLink Sender, Virtqueue Queue, DescriptorChain Chain, VsockHeader Header, SiblingFlow To);
