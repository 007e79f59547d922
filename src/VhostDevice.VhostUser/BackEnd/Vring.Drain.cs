// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Requests that outlast the start of the ring that they came from, and whoever waits for them.</summary>
internal sealed partial class Vring
{
    // A start that ended with requests in flight. There is no other one before they are back: it would serve them again
    // from a record, or others with the memory that they still write to.
    private OwnedVirtqueue? _former;
    private RingDrain? _drain;

    /// <summary>Chains that the device has not given back, of this start of the ring and of the one before.</summary>
    internal int InFlight => (_queue?.InFlight ?? 0) + (_former?.InFlight ?? 0);

    /// <summary>Has a drain told when nothing is in flight any more; something is.</summary>
    internal void BeginDrain(RingDrain drain)
    {
        _drain = drain;
        if (_queue is { InFlight: > 0 })
            _queue.WatchDrain();
    }

    /// <summary>Has the device let go of all chains of a ring that takes nothing new, as they are. False: it cannot.</summary>
    internal bool TryAbandon() =>
        (_queue is null || TryAbandon(_queue)) & (_former is null || TryAbandon(_former));

    /// <summary>Has the device end early what it can of a ring that takes nothing new.</summary>
    /// <param name="mayAbandon">It may also leave its requests as they are.</param>
    internal void EndRequests(bool mayAbandon)
    {
        if (mayAbandon && TryAbandon())
            return;
        Cancel(_queue);
        Cancel(_former);
    }

    /// <summary>What was in the way of a start is back.</summary>
    internal void StartIfDue() => _ = Reconsider();

    public void Drained(Virtqueue queue)
    {
        if (queue == _former)
        {
            _former = null;
            // A start concerns the device, whose owner is the session's loop.
            if (_state.IsLive)
                _session.Loop.Post(() => _session.Reconsider(this));
        }

        if (_drain is not { } drain || InFlight > 0)
            return;
        _drain = null;
        drain.RingDrained();
    }

    private bool TryAbandon(OwnedVirtqueue queue)
    {
        if (queue.InFlight == 0)
            return true;
        bool abandoned = false;
        SafeCall((d, q) => abandoned = d.TryAbandon(q), queue);
        if (abandoned)
            queue.Abandon();
        return abandoned;
    }

    private void Cancel(Virtqueue? queue)
    {
        if (queue is { InFlight: > 0 })
            SafeCall(static (d, q) => d.CancelRequests(q), queue);
    }

    // This start is over. What is in flight now never comes back to the driver.
    private void KeepFormer(OwnedVirtqueue queue)
    {
        if (queue.InFlight == 0)
            return;
        _former = queue;
        queue.WatchDrain();
        Cancel(queue);
    }
}
