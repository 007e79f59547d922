// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestKit.Devices;

/// <summary>Keeps all requests until the test lets it answer them, in the order that the test likes.</summary>
public sealed class HoldingDevice(int queues = 1) : VirtioDevice
{
    public DeviceJournal Journal { get; } = new();

    /// <summary>Chains held, in the order in which they came, each with the queue that it came from.</summary>
    public List<(Virtqueue Queue, DescriptorChain Chain)> Held { get; } = [];

    /// <summary>Queues that are started.</summary>
    public List<Virtqueue> Live { get; } = [];

    /// <summary>Whether a queue that stops gets its chains back at once.</summary>
    public bool CompletesOnStop { get; set; }

    /// <summary>Whether it ends its requests when it is asked to.</summary>
    public bool Cancels { get; set; }

    /// <summary>Whether it says that it keeps the order of requests, which is up to the test.</summary>
    public bool ClaimsOrder { get; set; }

    public override bool KeepsOrder => ClaimsOrder;

    /// <summary>Whether a queue that stops may take its chains back as they are.</summary>
    public bool LetsGo { get; set; }

    /// <summary>Most chains held; the rest stays in the ring.</summary>
    public int Capacity { get; set; } = int.MaxValue;

    /// <summary>How long a stop waits before the device is asked to hurry; null: as long as for any device.</summary>
    public TimeSpan? Patience { get; set; }

    public override TimeSpan? StopPatience => Patience;

    public override uint DeviceId => 42;

    public override int QueueCount => queues;

    /// <summary>None on the first, which is the messages'.</summary>
    public override int LoopOf(int queue) => queue + 1;

    public override void QueueStarted(Virtqueue queue)
    {
        Journal.Add($"started {queue.Index}");
        Live.Add(queue);
    }

    public override void ServeQueue(Virtqueue queue)
    {
        lock (Held)
        {
            Journal.Add($"serve {queue.Index}");
            while (Held.Count < Capacity && queue.TryPop(out DescriptorChain? chain))
                Held.Add((queue, chain));
        }
    }

    public override void QueueStopping(Virtqueue queue)
    {
        Journal.Add($"stopping {queue.Index}");
        Live.Remove(queue);
        if (CompletesOnStop)
            CompleteAll(queue.Index);
    }

    public override bool TryAbandon(Virtqueue queue)
    {
        if (LetsGo)
            Held.RemoveAll(h => h.Queue == queue);
        return LetsGo;
    }

    public override void CancelRequests(Virtqueue queue)
    {
        Journal.Add($"cancel {queue.Index}");
        if (!Cancels)
            return;
        for (int i = Held.Count - 1; i >= 0; i--)
        {
            if (Held[i].Queue == queue)
                Complete(i, 0);
        }
    }

    public override void Reset() => Journal.Add("reset");

    /// <summary>Fills the answer of one held chain with a byte and gives it back.</summary>
    public void Complete(int index, byte fill = 0x5a)
    {
        (Virtqueue queue, DescriptorChain chain) = Held[index];
        Held.RemoveAt(index);
        ChainWriter writer = chain.Writer();
        Span<byte> bytes = stackalloc byte[(int)Math.Min(256, chain.WritableBytes)];
        bytes.Fill(fill);
        writer.Write(bytes);
        queue.Complete(chain, writer.Written);
    }

    public void CompleteAll(int queue)
    {
        for (int i = Held.Count - 1; i >= 0; i--)
        {
            if (Held[i].Queue.Index == queue)
                Complete(i);
        }
    }

    protected override void Dispose(bool disposing)
    {
        Journal.Add("disposed");
        base.Dispose(disposing);
    }
}
