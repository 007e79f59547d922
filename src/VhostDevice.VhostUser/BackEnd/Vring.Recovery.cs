// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Virtio.Queues.Inflight;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>What a ring that goes on where another process left it needs beyond one that is new.</summary>
internal sealed partial class Vring
{
    private InflightArea? _inflight;
    private InflightRegion _region;
    private bool _owesCall;

    /// <summary>Begins to record what is in flight, where the front-end has given memory for it. False: the ring must not start.</summary>
    private bool TryTrack()
    {
        bool goesOn = false;
        if (_session.Inflight is { } area && area.TryRegion(_index, IsPacked, out InflightRegion region))
        {
            if (!_queue!.TryTrack(region, out goesOn, out string problem))
            {
                _session.Log.LogWarning("ring {Ring} cannot start: {Problem}", _index, problem);
                _queue.Stop();
                _queue = null;
                return false;
            }

            _inflight = area.Retain();
            _region = region;
        }

        _queue!.Begin(_stoppedAt);
        // A predecessor may have died between making answers visible and calling.
        _owesCall = goesOn || !_queue.BeginsAnew;
        return true;
    }

    // A ring that stops with nothing in flight leaves no record: the base says all, also where the ring is set up anew.
    private void ForgetRecord()
    {
        if (_inflight is not null && _queue is { InFlight: 0, HasLeftovers: false, HasAbandoned: false, IsBroken: false })
            _region.Forget();
    }

    // As soon as there is a way to call. One call too many does no harm.
    private void PayCall()
    {
        if (!_owesCall)
            return;
        if (_call is not null)
            _call.Signal();
        else if (_session.InBand)
            CallInBand();
        else
            return;
        _owesCall = false;
    }
}
