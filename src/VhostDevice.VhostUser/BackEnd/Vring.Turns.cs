// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The turns in which the device serves a live ring, and what they end with.</summary>
internal sealed partial class Vring
{
    /// <summary>
    /// Chains served in a row, also while the driver keeps adding, after which other rings and messages get their
    /// chance. A driver that is woken by each answer on the same CPU adds one chain at a time: looking at epoll every
    /// few of them would be most of the work.
    /// </summary>
    private const int TurnBudget = 256;

    private bool _inTurn;
    private bool _deferred;
    private bool _yielded;
    private bool _called;

    public void CompletionsPending(Virtqueue queue)
    {
        if (_inTurn || _deferred)
            return;
        _deferred = true;
        _loop.Defer(this);
    }

    public void ServiceRequested(Virtqueue queue) => YieldTurn();

    public void QueueBroken(Virtqueue queue, string reason)
    {
        Interlocked.Increment(ref _session.Counters.BrokenRings);
        _session.Log.LogWarning("ring {Ring} is broken and stops until it is set up anew: {Reason}", _index, reason);
        _error?.Signal();
        if (_error is null && _session.InBand)
            _session.OnLoop(() => _session.Channel?.Error(_index));
    }

    public void TranslationMissing(Virtqueue queue, IotlbMiss miss)
    {
        _asked = true;
        _session.OnLoop(() => _session.AskForTranslation(_index, miss));
    }

    void IDeferred.RunDeferred()
    {
        if (_deferred)
        {
            _deferred = false;
            Flush();
        }

        if (_yielded)
        {
            _yielded = false;
            Serve();
        }
    }

    bool IPolled.Poll()
    {
        if (!_live || !_queue!.HasUnseen)
            return false;
        Serve();
        return true;
    }

    bool IPolled.PrepareToSleep()
    {
        if (!_live || !_queue!.RequestKicks())
            return false;
        Serve();
        return true;
    }

    private void OnKick()
    {
        if (!_live)
            return; // what is in the ring is served when it becomes live
        _queue!.Counters.Kicks++;
        Serve();
        if (!_hasServed)
            CountVainKick();
    }

    private void Serve()
    {
        int budget = TurnBudget;
        bool took = false;
        _called = false;
        while (_live && !_queue!.IsBroken)
        {
            _inTurn = true;
            _queue.BeginTurn(budget);
            _queue.SuppressKicks();
            SafeCall(static (d, q) => d.ServeQueue(q));
            _inTurn = false;
            bool more = _queue.OutOfBudget;
            took |= _queue.Budget < budget;
            // A round in which the device took nothing costs one, too.
            budget = Math.Min(budget - 1, _queue.Budget);
            _hasServed |= took;
            _queue.EndTurn(paused: false);
            Flush();
            // While polling, kicks stay off until the loop is about to sleep.
            if (!more && (_loop.IsPolling || !_queue.WantsKicks || (took && WillBeLookedAt()) || !_queue.RequestKicks()))
                return;
            if (more || budget <= 0)
            {
                YieldTurn();
                return;
            }
        }
    }

    // A driver that was given answers and wants no interrupt for them is awake, and may well add more at once.
    private bool WillBeLookedAt() => !_called && _queue!.InFlight == 0 && _loop.LooksBeforeSleep(this);

    private void YieldTurn()
    {
        if (_yielded)
            return;
        _yielded = true;
        _loop.Yield(this);
    }

    private void Flush()
    {
        if (_queue is null)
            return;
        if (_queue.Publish())
        {
            _queue.Counters.Interrupts++;
            _called = true;
            if (_call is not null)
                _call.Signal();
            else if (_session.InBand)
                CallInBand();
            else
                _owesCall = true; // nobody can be told yet
        }

        _session.NotifyLog();
    }

    private void CallInBand()
    {
        if (_session.Crew is null)
            _session.Channel?.Call(_index);
        else
            PostCall();
    }

    // A method of its own: what the lambda captures is allocated where its method begins.
    private void PostCall() => _session.Loop.Post(() => _session.Channel?.Call(_index));

    // A fault in a device's code costs the request or the turn, never the loop.
    private void SafeCall(Action<VirtioDevice, Virtqueue> call, Virtqueue? queue = null)
    {
        try
        {
            call(_session.Device, queue ?? _queue!);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _counters.Errors++;
            _session.ReportFault(fault);
        }
    }
}
