// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scsi;

/// <summary>The event queue: what the driver is to hear waits here until it has given a buffer for it.</summary>
internal sealed class ScsiEvents
{
    private const int Max = 64;

    private readonly Queue<ScsiEvent> _pending = new();
    private Virtqueue? _queue;
    private bool _missed;

    /// <summary>What the driver has accepted: only events of these are for it.</summary>
    internal ulong Features { get; set; }

    internal void Start(Virtqueue queue) => _queue = queue;

    internal void Stop() => _queue = null;

    internal void Clear()
    {
        _pending.Clear();
        _missed = false;
    }

    /// <param name="feature">That has to be negotiated for it.</param>
    internal void Add(ulong feature, in ScsiEvent what)
    {
        if ((Features & feature) == 0)
            return;
        if (_pending.Count == Max)
            _missed = true;
        else
            _pending.Enqueue(what);
        _queue?.RequestService();
    }

    /// <summary>Puts events into the driver's buffers, which otherwise stay in the ring.</summary>
    internal void Deliver()
    {
        while (_pending.Count > 0 && _queue is { } queue && queue.TryPop(out DescriptorChain? chain))
        {
            ScsiEvent next = _pending.Peek();
            if (_missed)
                next.Event |= ScsiEvent.Missed;
            ChainWriter writer = chain.Writer();
            if (writer.Remaining < ScsiEvent.Size || !writer.TryWrite(next))
            {
                // A buffer that is too small for any event.
                queue.Counters.Errors++;
                queue.Complete(chain, 0);
                continue;
            }

            _missed = false;
            _ = _pending.Dequeue();
            queue.Complete(chain, writer.Written);
        }
    }
}
