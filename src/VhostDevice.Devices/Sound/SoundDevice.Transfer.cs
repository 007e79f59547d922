// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Sound;

// Buffers of sound, and the one timer that all streams share.
public sealed partial class SoundDevice
{
    // Of the queues for sound; those that run, and those that have any chains out, which is between a start and its stop.
    private readonly Virtqueue?[] _queues = new Virtqueue?[2];
    private readonly Virtqueue?[] _started = new Virtqueue?[2];

    private long _order;
    private long _wakesAt = long.MaxValue;

    void IPcmOwner.Complete(SoundDirection direction, DescriptorChain chain, uint written)
    {
        _returned = true;
        _started[QueueOf(direction) - TransmitQueue]!.Complete(chain, written);
    }

    private static int QueueOf(SoundDirection direction) => direction == SoundDirection.Output ? TransmitQueue : ReceiveQueue;

    private void Transfer(Virtqueue queue)
    {
        Take(queue);
        Advance();
        queue.WantsKicks = NeedsKicks(queue.Index);
    }

    // Buffers of whichever stream.
    private void Take(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
        {
            bool isOutput = queue.Index == TransmitQueue;
            if (chain.Reader().TryRead(out uint number) && number < (uint)_streams.Length && _streams[number].Port.IsOutput == isOutput)
            {
                _streams[number].Add(chain, _order++);
                continue;
            }

            queue.Counters.Errors++;
            queue.Complete(chain, PcmStream.WriteStatus(chain, isOutput, SoundStatus.IoError, 0, 0));
        }
    }

    // A stream that works off its buffers by the clock looks for others when it comes to the next one: drivers need not say that
    // there are some.
    private bool NeedsKicks(int queue)
    {
        bool anyLooks = false;
        foreach (PcmStream stream in _streams)
        {
            if (!stream.IsRunning || QueueOf(stream.Port.Direction) != queue)
                continue;
            if (!stream.IsPaced || !stream.HasBuffers)
                return true;
            anyLooks = true;
        }

        return !anyLooks;
    }

    private void Advance()
    {
        long now = Stopwatch.GetTimestamp();
        long next = long.MaxValue;
        foreach (Virtqueue? queue in _queues)
        {
            if (queue is not null)
                Take(queue);
        }

        foreach (PcmStream stream in _streams)
            next = Math.Min(next, stream.Advance(now));
        foreach (Virtqueue? queue in _queues)
        {
            if (queue is { WantsKicks: false } && NeedsKicks(queue.Index))
                queue.RequestService();
        }

        Wake(next);
    }

    private void Wake(long at)
    {
        if (_timer is null || (at == _wakesAt && _timer.IsSet))
            return;
        _wakesAt = at;
        if (at == long.MaxValue)
            _timer.Cancel();
        else
            _timer.StartAt(at);
    }

    // What was taken last goes back first.
    private void PutAllBack(Virtqueue queue)
    {
        _queues[queue.Index - TransmitQueue] = null;
        while (true)
        {
            PcmStream? last = null;
            foreach (PcmStream stream in _streams)
            {
                if (QueueOf(stream.Port.Direction) == queue.Index && stream.HasBuffers && (last is null || stream.LastOrder > last.LastOrder))
                    last = stream;
            }

            if (last is null)
                return;
            _ = last.PutBackLast(queue);
        }
    }
}
