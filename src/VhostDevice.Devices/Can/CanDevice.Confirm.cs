// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Can;

// With VIRTIO_CAN_F_LATE_TX_ACK a frame is answered when it was on the bus. The bus confirms frames in the order in which it took
// them; one that is not confirmed within the guest's patience fails, whatever becomes of it.
public sealed partial class CanDevice
{
    private readonly Queue<(Virtqueue Queue, DescriptorChain Chain, long Since)> _unconfirmed = new();
    private readonly Action _answerConfirmed;
    private readonly Lock _confirmations = new();
    private LoopTimer? _deadline;

    // What the bus said since the loop looked last: so many in a row were sent, or not.
    private Queue<bool> _said = new();
    private Queue<bool> _heard = new();

    // Frames that the bus has still to say something of, and that were answered already.
    private int _answeredBefore;

    void ICanGuest.Confirm(bool wasSent)
    {
        // Known before a frame is sent.
        if ((Accepted & CanFeatures.LateAcknowledgement) == 0)
            return;
        bool isFirst;
        lock (_confirmations)
        {
            isFirst = _said.Count == 0;
            _said.Enqueue(wasSent);
        }

        if (isFirst)
            Host.Loop.Post(_answerConfirmed);
    }

    /// <inheritdoc/>
    public override void CancelRequests(Virtqueue queue)
    {
        base.CancelRequests(queue);
        if (queue.Index == TransmitQueue)
            FailUnconfirmed(static (_, _) => true);
    }

    private void Keep(Virtqueue queue, DescriptorChain chain)
    {
        _unconfirmed.Enqueue((queue, chain, Stopwatch.GetTimestamp()));
        if (_deadline is { IsSet: false })
            _deadline.Start(_patience);
    }

    private void AnswerConfirmed()
    {
        lock (_confirmations)
            (_said, _heard) = (_heard, _said);
        while (_heard.TryDequeue(out bool wasSent))
        {
            if (_answeredBefore > 0)
                _answeredBefore--;
            else if (_unconfirmed.TryDequeue(out (Virtqueue Queue, DescriptorChain Chain, long Since) oldest))
                Answer(oldest.Queue, oldest.Chain, wasSent);
        }

        if (_unconfirmed.Count == 0)
            _deadline?.Cancel();
    }

    private void FailOverdue()
    {
        FailUnconfirmed(static (since, patience) => Stopwatch.GetElapsedTime(since) >= patience);
        if (_unconfirmed.TryPeek(out (Virtqueue Queue, DescriptorChain Chain, long Since) oldest))
            _deadline!.Start(_patience - Stopwatch.GetElapsedTime(oldest.Since));
    }

    private void FailUnconfirmed(Func<long, TimeSpan, bool> isDue)
    {
        while (_unconfirmed.TryPeek(out (Virtqueue Queue, DescriptorChain Chain, long Since) oldest) && isDue(oldest.Since, _patience))
        {
            _ = _unconfirmed.Dequeue();
            _answeredBefore++;
            _statistics.CountFailed();
            Answer(oldest.Queue, oldest.Chain, wasSent: false);
        }
    }

    // The station has stopped: the bus says nothing more of what was sent.
    private void ForgetUnconfirmed()
    {
        FailUnconfirmed(static (_, _) => true);
        lock (_confirmations)
            _said.Clear();
        _answeredBefore = 0;
        _deadline?.Cancel();
    }
}
