// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Gpio;

/// <content>
/// Requests, one after the other, and the looks at levels in between: each has its part at the host made before the next
/// begins. That part is made straight when the chip never waits, and by its <see cref="HostCalls"/> otherwise.
/// </content>
public sealed partial class GpioDevice
{
    // For how long requests of one turn may keep the loop, when their calls may wait and are quick.
    private static readonly long s_mostInline = Stopwatch.Frequency / 2000;

    private readonly HostCalls? _calls;
    private GpioJob? _job;

    // What the job is for: a request, or a look.
    private DescriptorChain? _chain;
    private Virtqueue? _chainQueue;
    private GuestLine? _looked;

    // Lines that are to be looked at.
    private GuestLine? _firstLook;
    private GuestLine? _lastLook;

    // Requests came while the job was used for something else; they come next, before another look.
    private bool _requestsWait;
    private bool _requestsNext;

    // A request that is answered after the event queue.
    private DescriptorChain? _held;
    private GpioResponse _heldAnswer;

    private enum Outcome
    {
        /// <summary>All is written.</summary>
        Written,

        /// <summary>There is an answer to write.</summary>
        Answer,

        /// <summary>The answer comes when the job is back.</summary>
        Waits,
    }

    /// <summary>Whether a request or a look is under way. No other one begins meanwhile.</summary>
    internal bool IsBusy => _chain is not null || _looked is not null;

    /// <summary>The request queue takes nothing more.</summary>
    internal bool IsStopping => _requests is null;

    /// <summary>
    /// What waits for its turn at the host is left out, and fails; what has begun there is waited for, as long as the chip
    /// lets it take.
    /// </summary>
    public override void CancelRequests(Virtqueue queue)
    {
        if (_chain is null || queue.Index != RequestQueue || !_job!.IsOut)
            return;
        _job.Cancel();
        if (!_calls!.TryTakeBack(_job))
            return;
        _job.LeaveOut();
        JobEnded(null);
    }

    /// <summary>The rest of a request that returned event buffers.</summary>
    void IDeferred.RunDeferred()
    {
        Answer();
        _requests?.RequestService();
    }

    void IGuestLineOwner.Look(GuestLine line)
    {
        line.NextLook = null;
        if (_firstLook is null)
            _firstLook = line;
        else
            _lastLook!.NextLook = line;
        _lastLook = line;
        MakeLooks();
    }

    protected override void OnAttached() => _job = new GpioJob(this, Host.Loop, JobEnded);

    private void ServeRequests(Virtqueue queue)
    {
        _requestsWait = _requestsNext = false;
        long begun = _calls is null ? 0 : Stopwatch.GetTimestamp();
        while (_held is null && !IsBusy && queue.TryPop(out DescriptorChain? chain))
        {
            Take(queue, chain);
            MakeLooks();
            if (_calls is null || IsBusy || Stopwatch.GetTimestamp() - begun < s_mostInline)
                continue;
            queue.GiveWay();
            break;
        }

        _requestsWait = IsBusy;
        MakeLooks();
    }

    private void Take(Virtqueue queue, DescriptorChain chain)
    {
        uint written = 0;
        _returned = false;
        try
        {
            Outcome outcome = Serve(queue, chain, out GpioResponse answer, out written);
            if (outcome == Outcome.Waits || (outcome == Outcome.Answer && TryHold(chain, answer)))
                return;
            if (outcome == Outcome.Answer)
                written = Write(chain, answer);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Host.ReportFault(fault);
        }

        queue.Complete(chain, written);
    }

    private Outcome Serve(Virtqueue queue, DescriptorChain chain, out GpioResponse answer, out uint written)
    {
        written = 0;
        answer = GpioResponse.Failed;
        if (chain.ReadableBytes != GpioRequest.Size || !chain.Reader().TryRead(out GpioRequest request))
            return Outcome.Answer;
        if (request.Type == GpioMessage.GetLineNames)
            return TryWriteNames(chain, out written) ? Outcome.Written : Outcome.Answer;
        // Nothing is done whose result would have no place.
        if (chain.WritableBytes != 2 || request.Line >= _lines.Length || (request.Type == GpioMessage.SetIrqType && !_irq))
            return Outcome.Answer;
        GuestLine line = Line(request.Line);
        if (_calls is null && line.TryServeLevel(request, out answer))
            return Outcome.Answer;
        if (line.TryAnswer(request, _job!, out answer))
            return Outcome.Answer;
        (_chain, _chainQueue) = (chain, queue);
        bool isOut = false;
        try
        {
            isOut = !TryMake();
            if (isOut)
                return Outcome.Waits;
            answer = line.End(_job!);
            return Outcome.Answer;
        }
        catch
        {
            line.Fault(_job!);
            throw;
        }
        finally
        {
            if (!isOut)
                (_chain, _chainQueue) = (null, null);
        }
    }

    // Whether the job is done; otherwise it is out.
    private bool TryMake()
    {
        if (_calls is not null)
            return _calls.Make(_job!);
        _job!.Make();
        return true;
    }

    // The job was out.
    private void JobEnded(Exception? fault)
    {
        if (fault is not null)
            Host.ReportFault(fault);
        if (_looked is not null)
        {
            // Requests and looks take turns.
            _requestsNext = _requestsWait && _requests is not null;
            EndLook();
        }
        else
        {
            _requestsWait = true; // there may be more
            EndRequest(fault is not null);
        }

        MakeLooks();
        if (_requestsWait)
            _requests?.RequestService();
    }

    private void EndRequest(bool isFault)
    {
        DescriptorChain chain = _chain!;
        Virtqueue queue = _chainQueue!;
        uint written = 0;
        try
        {
            // Event buffers that it returned were published in the turn in which it began.
            if (isFault)
                _job!.Line.Fault(_job);
            else
                written = Write(chain, _job!.Line.End(_job));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Host.ReportFault(fault);
        }

        (_chain, _chainQueue) = (null, null);
        queue.Complete(chain, written);
    }

    private void MakeLooks()
    {
        while (_firstLook is { } line && !IsBusy && !_requestsNext)
        {
            _firstLook = line.NextLook;
            line.NextLook = null;
            if (!line.TryLook(_job!))
                continue;
            _looked = line;
            try
            {
                if (!TryMake())
                    return;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                Host.ReportFault(fault);
            }

            EndLook();
        }
    }

    // The line may ask for another one.
    private void EndLook()
    {
        try
        {
            _looked!.Looked(_job!);
        }
        finally
        {
            _looked = null;
        }
    }

    private void EndTurnOfRequests()
    {
        _requestsWait = _requestsNext = false;
        MakeLooks();
    }

    // Event buffers that a request returned must be back before a driver hears that the interrupt is disabled: it may queue them anew
    // at once. The event queue is published after this turn, then comes the answer.
    private bool TryHold(DescriptorChain chain, GpioResponse answer)
    {
        if (!_returned)
            return false;
        _held = chain;
        _heldAnswer = answer;
        Host.Loop.Defer(this);
        return true;
    }

    private void Answer()
    {
        if (_held is not { } chain)
            return;
        _held = null;
        _requests?.Complete(chain, Write(chain, _heldAnswer));
    }

    // Never beyond the buffer: one that is too short for the status gets nothing, too short for the value the status.
    private static uint Write(DescriptorChain chain, GpioResponse answer)
    {
        ChainWriter writer = chain.Writer();
        writer.TryWrite(answer);
        return writer.Written;
    }
}
