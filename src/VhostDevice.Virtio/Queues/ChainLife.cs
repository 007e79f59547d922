// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues;

/// <summary>
/// Whose a chain is. It becomes <see cref="Held"/> in <see cref="Virtqueue.Hold"/> and leaves that (or <see cref="Done"/>)
/// in <see cref="Virtqueue.Release"/> and nowhere else, whatever ends it: completed, put back, abandoned, or the stop of
/// its ring.
/// </summary>
internal enum ChainLife : byte
{
    /// <summary>Nobody's: an object that waits for a request.</summary>
    Free,

    /// <summary>The device's. It holds its guest memory and counts as in flight.</summary>
    Held,

    /// <summary>With VIRTIO_F_IN_ORDER: the device is done with it, but not with those before it. Otherwise as <see cref="Held"/>.</summary>
    Done,

    /// <summary>
    /// The device is done with it, while its ring had no translation: it waits for the ring, without memory, and does not
    /// count as in flight.
    /// </summary>
    Late,
}
