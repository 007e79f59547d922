// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Can;

// From the guest to the bus. A frame that finds the bus busy goes back into its ring, so that a stop has nothing to wait
// for, and comes again when there may be room.
public sealed partial class CanDevice
{
    // An interface of the host does not say when its queue has room again. At 1 Mbit/s a short frame takes 0.05 ms.
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(1);

    private long _waitsSince;
    private bool _waits;

    // The patience is over, and the bus has taken nothing since.
    private bool _isLate;

    void ICanGuest.SendAgain() => Host.Loop.Post(_sendAgain);

    private void Transmit(Virtqueue queue)
    {
        queue.WantsKicks = true;
        while (queue.TryPop(out DescriptorChain? chain))
        {
            CanSend outcome = CanSend.Failed;
            // Without a place for the result nothing is sent.
            if (chain.WritableBytes == 0 || !TryRead(chain, out CanFrame frame))
                _statistics.CountRefused();
            else if (_state != CanState.Started)
                _statistics.CountFailed();
            else if (_filters is not null && !_filters.MaySend(frame))
                _statistics.CountFiltered();
            else if ((outcome = _station!.Send(frame, mayWait: !_isLate)) == CanSend.Sent)
                Sent();
            else if (outcome == CanSend.Busy && TryWait(queue, chain))
                return;
            else
                _statistics.CountFailed();
            if (outcome == CanSend.Sent && (Accepted & CanFeatures.LateAcknowledgement) != 0)
                Keep(queue, chain);
            else
                Answer(queue, chain, outcome == CanSend.Sent);
        }
    }

    private static void Answer(Virtqueue queue, DescriptorChain chain, bool wasSent)
    {
        ChainWriter writer = chain.Writer();
        writer.TryWrite(wasSent ? CanResult.Ok : CanResult.NotOk);
        queue.Complete(chain, writer.Written);
    }

    private bool TryRead(DescriptorChain chain, out CanFrame frame)
    {
        ChainReader reader = chain.Reader();
        frame = default;
        if (!reader.TryRead(out CanHeader header) || !CanRules.MayBeSent(header, Accepted))
            return false;
        bool isRemote = (header.Flags & CanHeaderFlags.Remote) != 0;
        frame = new CanFrame(
            header.Id, header.Length, (header.Flags & CanHeaderFlags.Extended) != 0, isRemote, (header.Flags & CanHeaderFlags.Fd) != 0);
        // Of a remote frame nothing follows that means anything.
        return isRemote || reader.Read(frame.Data) == header.Length;
    }

    private void Sent()
    {
        _statistics.CountSent();
        if (_waits || _isLate)
            EndWait();
    }

    private bool TryWait(Virtqueue queue, DescriptorChain chain)
    {
        if (_isLate || _timer is null || !queue.TryPutBack(chain))
            return false;
        if (!_waits)
        {
            _waits = true;
            _waitsSince = Stopwatch.GetTimestamp();
        }

        queue.WantsKicks = false;
        _timer.Start(s_retry);
        return true;
    }

    private void EndWait()
    {
        _waits = _isLate = false;
        _timer?.Cancel();
    }

    private void TryAgain()
    {
        if (!_waits || _transmit is not { } queue)
            return;
        if (!_isLate && Stopwatch.GetElapsedTime(_waitsSince) >= _patience)
        {
            _isLate = true;
            _statistics.CountLate();
        }

        queue.RequestService();
    }
}
