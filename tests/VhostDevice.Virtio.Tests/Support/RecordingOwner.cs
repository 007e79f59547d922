// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Tests.Support;

/// <summary>Counts what a queue asks of its owner.</summary>
internal sealed class RecordingOwner : IVirtqueueOwner
{
    public int Pending { get; private set; }

    public int ServiceRequests { get; private set; }

    public List<string> Broken { get; } = [];

    public List<IotlbMiss> Misses { get; } = [];

    public void CompletionsPending(Virtqueue queue) => Pending++;

    public void ServiceRequested(Virtqueue queue) => ServiceRequests++;

    public void QueueBroken(Virtqueue queue, string reason) => Broken.Add(reason);

    /// <summary>How often the queue said that nothing is in flight any more.</summary>
    public int Drains { get; private set; }

    public void Drained(Virtqueue queue) => Drains++;

    public void TranslationMissing(Virtqueue queue, IotlbMiss miss) => Misses.Add(miss);
}
