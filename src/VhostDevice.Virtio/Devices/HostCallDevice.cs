// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Devices;

/// <summary>
/// A device whose requests end at a host side that may wait, such as a bus. It makes a <see cref="HostCall"/> of one chain
/// or of several and submits it; this class has it made, on the loop while the host side is quick and on a worker
/// otherwise (<see cref="HostCalls"/>), in the order in which calls are submitted, and has it answered on the loop. A host
/// side that never waits is called straight. <see cref="BlockingRequestDevice{TRequest}"/> is for the usual case, in which
/// each chain is a call.
/// </summary>
/// <remarks>
/// While calls are with a worker no further chain is taken, from whichever queue. A stop waits for those that have begun;
/// cancelled, the others fail. All queues are served on <see cref="IDeviceHost.Loop"/>.
/// </remarks>
public abstract class HostCallDevice : VirtioDevice
{
    private HostCallBatch? _batch;
    private HostCall? _heldUp; // whole, and for another host side than the batch that is out
    private Virtqueue?[]? _waiting; // queues that were not served to the end because calls are out
    private long _inlineTicks; // what calls took of the loop in this turn

    /// <summary>Calls are with a worker. Nothing is taken from the rings meanwhile.</summary>
    protected bool IsOut => _batch is { IsOut: true };

    public override void ServeQueue(Virtqueue queue)
    {
        _inlineTicks = 0;
        while (!IsOut && _inlineTicks < HostCalls.TurnTicks && queue.TryPop(out DescriptorChain? chain))
            Take(queue, chain);
        if (!IsOut)
            Send();
        if (IsOut)
            (_waiting ??= new Virtqueue?[QueueCount])[queue.Index] = queue;
        else if (_inlineTicks >= HostCalls.TurnTicks)
            queue.GiveWay();
        else if (!queue.OutOfBudget)
            RingIsEmpty(queue);
    }

    /// <summary>What the host has begun goes on; the rest fails, and at once if nothing of it has begun.</summary>
    public override void CancelRequests(Virtqueue queue)
    {
        if (!IsOut || (QueueCount > 1 && !_batch!.IsOf(queue)))
            return;
        // What is held up came with the batch.
        _heldUp?.Fail();
        _batch!.Cancel();
        if (!_batch.Calls!.TryTakeBack(_batch))
            return;
        _batch.FailRest();
        GoOn();
    }

    /// <summary>The call is made, or failed, and its chains go back.</summary>
    internal void End(HostCall call)
    {
        try
        {
            if (call.TakeFault() is { } fault)
            {
                call.Queue!.Counters.Errors++;
                Host.ReportFault(fault);
            }

            Answer(call);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Host.ReportFault(fault);
        }
    }

    internal void BatchEnded(Exception? fault)
    {
        if (fault is not null)
            Host.ReportFault(fault);
        GoOn();
    }

    /// <summary>A chain was taken. The device adds it to the call that it gathers, and submits that one when it is whole, here.</summary>
    protected abstract void Take(Virtqueue queue, DescriptorChain chain);

    /// <summary>
    /// A call has ended: completes its chains, each of them in any case, and forgets what it was. What is written to a ring
    /// that <see cref="Virtqueue.IsStopped"/> would go into memory that is used for something else by now.
    /// </summary>
    protected abstract void Answer(HostCall call);

    /// <summary>All chains of a queue are taken, and no call is with a worker.</summary>
    protected virtual void RingIsEmpty(Virtqueue queue)
    {
    }

    /// <summary>A call object that has been answered and can be used again; null: make another one.</summary>
    protected HostCall? TakeSpare() => _batch?.TakeSpare();

    /// <summary>A call is whole, and is made when those before it are.</summary>
    /// <returns>
    /// True: it is answered already, and the object is the device's again. False: it comes back through
    /// <see cref="TakeSpare"/> some day.
    /// </returns>
    protected bool Submit(HostCall call)
    {
        bool isEmpty = _batch is null or { IsEmpty: true };
        if (isEmpty && (call.Calls is null || !call.IsNeeded))
        {
            _ = call.Execute();
            End(call);
            return true;
        }

        // Calls are made in the order of the ring.
        if (!isEmpty && !_batch!.Fits(call))
        {
            Send();
            if (!IsOut)
                return Submit(call);
            _heldUp = call;
            return false;
        }

        _batch ??= new HostCallBatch(this, Host.Loop);
        _batch.Add(call);
        if (call.IsLastOfBatch || _batch.IsFull)
            Send();
        return false;
    }

    // Has the calls made that were gathered, here or on the worker.
    private void Send()
    {
        if (_batch is null or { IsEmpty: true })
            return;
        long before = Stopwatch.GetTimestamp();
        if (!_batch.Calls!.Make(_batch))
            return;
        _batch.Finish();
        _inlineTicks += Stopwatch.GetTimestamp() - before;
    }

    // The batch is back.
    private void GoOn()
    {
        if (_heldUp is { } held)
        {
            _heldUp = null;
            if (Submit(held))
                _batch!.KeepSpare(held);
        }

        if (!IsOut)
            Send();
        if (IsOut || _waiting is null)
            return;
        for (int i = 0; i < _waiting.Length; i++)
        {
            Virtqueue? queue = _waiting[i];
            _waiting[i] = null;
            queue?.RequestService();
        }
    }
}
