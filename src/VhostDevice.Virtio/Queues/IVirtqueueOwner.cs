// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Queues;

/// <summary>Whoever drives a queue: learns what the queue needs, on the queue's own thread.</summary>
public interface IVirtqueueOwner
{
    /// <summary>Completions wait to be published. Called once until <see cref="OwnedVirtqueue.Publish"/>.</summary>
    void CompletionsPending(Virtqueue queue);

    /// <summary>The device wants to be shown the queue again, although the driver sent no new kick.</summary>
    void ServiceRequested(Virtqueue queue);

    /// <summary>The ring cannot be trusted any more; the queue takes and returns nothing until it is started anew.</summary>
    void QueueBroken(Virtqueue queue, string reason);

    /// <summary>
    /// A chain, or a part of the ring, lies at an I/O virtual address without a translation. The queue takes nothing
    /// more until another turn, which makes sense when there are more translations.
    /// </summary>
    void TranslationMissing(Virtqueue queue, IotlbMiss miss);

    /// <summary>
    /// No chain is in flight any more, as <see cref="OwnedVirtqueue.WatchDrain"/> asked to be told. From within whatever let go
    /// of the last one, before it is published.
    /// </summary>
    void Drained(Virtqueue queue);
}
