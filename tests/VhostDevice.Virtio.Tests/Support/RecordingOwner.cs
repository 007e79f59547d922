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

    public void TranslationMissing(Virtqueue queue, IotlbMiss miss) => Misses.Add(miss);
}
