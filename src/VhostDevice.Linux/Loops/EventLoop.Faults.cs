// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace VhostDevice.Linux;

/// <summary>
/// What a loop calls, each in a guard of its own. A batch of events is told once (epoll(7): an edge), a posted action is
/// taken from the queue once, so whatever throws must take nothing with it that stands behind it.
/// </summary>
public sealed partial class EventLoop
{
    private readonly RestingWatches _resting;
    private ExceptionDispatchInfo? _fault;

    /// <summary>
    /// Is told what a handler, an action, a timer or deferred work threw, and which of them it was, in words; on the loop's
    /// thread. Must not throw. The loop goes on with the next item; a descriptor whose handler failed and that is
    /// watched for its level is not looked at for a tenth of a second. Null: the first fault of a turn is thrown by
    /// <see cref="Turn"/> and <see cref="Run"/> at the end of that turn, which is complete by then. Memory that is used up
    /// is no fault of an item, and is thrown at once.
    /// </summary>
    public Action<Exception, string>? OnFault { get; set; }

    private void Handle(FdWatch watch, Readiness readiness)
    {
        ulong token = watch.Token;
        try
        {
            watch.Handler.OnReady(readiness);
        }
        catch (Exception fault) when (IsOfItem(fault))
        {
            if (watch.IsWatching && watch.Token == token && (watch.Interest & Readiness.EdgeTriggered) == 0)
                _resting.Add(watch);
            Report(fault, "the handler of a descriptor");
        }
    }

    private void Do(Action action)
    {
        try
        {
            action();
        }
        catch (Exception fault) when (IsOfItem(fault))
        {
            Report(fault, "a posted action");
        }
    }

    private void Do(IDeferred work)
    {
        try
        {
            work.RunDeferred();
        }
        catch (Exception fault) when (IsOfItem(fault))
        {
            Report(fault, "deferred work");
        }
    }

    private void Interrupted(IInterrupted source)
    {
        try
        {
            source.OnInterrupted();
        }
        catch (Exception fault) when (IsOfItem(fault))
        {
            Report(fault, "the look at what the kernel completed");
        }
    }

    private bool Poll(IPolled source)
    {
        try
        {
            return source.Poll();
        }
        catch (Exception fault) when (IsOfItem(fault))
        {
            Report(fault, "a polled source");
            return false;
        }
    }

    private bool PrepareToSleep(IPolled source)
    {
        try
        {
            return source.PrepareToSleep();
        }
        catch (Exception fault) when (IsOfItem(fault))
        {
            Report(fault, "a polled source");
            return false;
        }
    }

    private static bool IsOfItem(Exception fault) => fault is not OutOfMemoryException;

    private void Report(Exception fault, string item)
    {
        if (OnFault is { } report)
            report(fault, item);
        else
            _fault ??= ExceptionDispatchInfo.Capture(fault);
    }

    [DoesNotReturn]
    private void ThrowFault()
    {
        ExceptionDispatchInfo fault = _fault!;
        _fault = null;
        fault.Throw();
    }
}
