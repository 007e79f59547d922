// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target;

/// <content>The order of commands: which run, which wait.</content>
/// <remarks>
/// A task's life, with the target's lock held (where there are several loops) but at the two places that say so:
/// <code>
///             Start                     a place is free, or becomes free
///   (new) ------------> waiting ------------------------------------------------> running
///            no place      |                                                        |
///                          | abort, cancel, unit gone            on another loop's  | BeginAtHome: posted to its own
///                          v                                                        v
///                       complete &lt;------------------------------------------- Drive: Begin (checks, handler)
///                          ^          Step.Done: End                          |  ^    |
///                          |                                         Step.Io  |  |    | Step.Wait: the handler resumes it
///                          |                                                  v  |    v
///                          |            the store is done: AfterIo, Next     out (without the lock), or let others
///                          |            (Resume, or at once) ----------------^   have their turn (TryYield)
///                          |
///   Complete: on its own loop, without the lock: posted there if this is another. Who aborts a task that runs only marks
///   it; it ends when it comes back from where it is, and whoever waits for its end hears of it then (TellManagements).
/// </code>
/// </remarks>
public sealed partial class LogicalUnit
{
    private readonly List<ScsiTask> _waiting = [];
    private readonly List<TaskManagement> _managements = [];
    private ScsiTask? _first;
    private int _running;
    private bool _exclusive;
    private bool _starting;

    /// <summary>Tasks that are here, waiting or not.</summary>
    public int TaskCount => _running + _waiting.Count;

    /// <summary>The unit's own code failed in a command, which was answered with a hardware error.</summary>
    public event Action<Exception>? Faulted;

    internal void Start(ScsiTask task)
    {
        task.Unit = this;
        ScsiCommand? command = task.Command = Commands.Find(task);
        // Nothing comes between the parts of these, and ordered ones keep their place.
        task.IsExclusive = task.Attribute == TaskAttribute.Ordered || (command is not null && (command.Traits & CommandTraits.Exclusive) != 0);
        if (Sanitizing is not null && TryRefuse(task))
            return;
        if (_disposed)
        {
            task.IsAborted = true;
            task.Complete();
        }
        else if (_exclusive || (_running > 0 && task.IsExclusive) || (_waiting.Count > 0 && task.Attribute != TaskAttribute.HeadOfQueue))
        {
            _waiting.Insert(task.Attribute == TaskAttribute.HeadOfQueue ? 0 : _waiting.Count, task);
        }
        else
        {
            Run(task);
        }
    }

    /// <summary>Starts a part of a copy, which waits for atomic commands only: the copy that waits for it may itself keep its place here.</summary>
    internal void StartPart(ScsiTask task)
    {
        task.Unit = this;
        if (Sanitizing is not null && TryRefuse(task))
            return;
        if (_disposed)
        {
            task.IsAborted = true;
            task.Complete();
        }
        else if (IsAtomic())
        {
            _waiting.Insert(0, task);
        }
        else
        {
            Run(task);
        }
    }

    /// <summary>The store has done what the task asked for.</summary>
    internal void Resume(ScsiTask task) => Enter(task, begins: false);

    /// <summary>The task, which another thread has started, has come to its own.</summary>
    internal void BeginAtHome(ScsiTask task) => Enter(task, begins: true);

    /// <summary>Ends tasks that wait; those that run are counted by the management, which hears when they are done.</summary>
    /// <remarks>Whoever did not ask for the end of its tasks is told at its next command, as TAS is 0 (SAM-6 §5.7).</remarks>
    internal void Abort(TaskManagement management)
    {
        AbortWaiting(static (task, m) => m!.Matches(task), management);
        for (ScsiTask? task = _first; task is not null; task = task.Following)
        {
            if (!management.Matches(task))
                continue;
            task.IsAborted = true;
            task.IsReset |= management.IsReset;
            management.Await(task);
            TellCleared(task, management);
        }

        if (management.Outstanding > 0 && !_managements.Contains(management))
            _managements.Add(management);
    }

    /// <summary>Ends tasks that may be sent again, as a reset does, once the step is done that they are at.</summary>
    internal void EndRepeatable(Predicate<ScsiTask> isMeant)
    {
        for (ScsiTask? task = _first; task is not null; task = task.Following)
            EndIfRepeatable(task, isMeant);
        // These hear of it when their turn comes, which is soon.
        foreach (ScsiTask task in _waiting)
            EndIfRepeatable(task, isMeant);
    }

    /// <summary>
    /// Ends tasks as soon as that is possible, as a reset does: those that wait at once, and what others ask of the
    /// store is cancelled.
    /// </summary>
    internal void Cancel(Predicate<ScsiTask> isMeant)
    {
        List<ScsiTask> meant = [];
        for (ScsiTask? task = _first; task is not null; task = task.Following)
        {
            if (isMeant(task.Whole))
                meant.Add(task);
        }

        // Before a place becomes free that they wait for.
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            ScsiTask task = _waiting[i];
            if (!isMeant(task.Whole))
                continue;
            _waiting.RemoveAt(i);
            task.IsAborted = task.IsReset = true;
            task.Complete();
            // What else it ended may have ended others.
            i = Math.Min(i, _waiting.Count);
        }

        foreach (ScsiTask task in meant)
        {
            task.IsAborted = task.IsReset = true;
            if (task.IsRunning)
                Store.Cancel(task);
        }
    }

    /// <summary>Whether any task here is one that the management means.</summary>
    internal bool Has(TaskManagement management)
    {
        for (ScsiTask? task = _first; task is not null; task = task.Following)
        {
            if (management.Matches(task))
                return true;
        }

        return _waiting.Exists(management.Matches);
    }

    private static void EndIfRepeatable(ScsiTask task, Predicate<ScsiTask> isMeant)
    {
        if (task.Command is { } command && (command.Traits & CommandTraits.Repeatable) != 0 && isMeant(task))
            task.IsAborted = task.IsReset = true;
    }

    private static SenseCode SenseOf(ScsiTask task) =>
        task.Error == Errno.ENOSPC || task.Error == Errno.EDQUOT || task.Error == Errno.EFBIG ? SenseCode.NoSpace
        : task.Error == Errno.EROFS || task.Error == Errno.EPERM ? SenseCode.WriteProtected
        : task.Operation switch
        {
            BlockOperation.Read or BlockOperation.Prefetch => SenseCode.ReadError,
            BlockOperation.Write or BlockOperation.Discard or BlockOperation.Zero or BlockOperation.Flush => SenseCode.WriteError,
            _ => SenseCode.InternalFailure,
        };

    private void Run(ScsiTask task)
    {
        _running++;
        // A part runs beside the copy that it belongs to.
        _exclusive |= task.IsExclusive;
        task.IsRunning = true;
        task.Previous = null;
        task.Following = _first;
        if (_first is not null)
            _first.Previous = task;
        _first = task;
        // Its store's work, and its answer, belong to its own loop.
        if (task.IsAway)
            task.BeginAtHome();
        else
            Drive(task, begins: true);
    }

    private void Enter(ScsiTask task, bool begins)
    {
        if (Gate is null)
            Drive(task, begins);
        else
            DriveLocked(Gate, task, begins);
    }

    private void DriveLocked(Lock gate, ScsiTask task, bool begins)
    {
        lock (gate)
            Drive(task, begins);
    }

    private bool Submit(ScsiTask task) =>
        Gate is null || !Store.IsShareable ? Store.Submit(task) : SubmitUnlocked(Gate, task);

    // What takes time is done outside of the lock.
    private bool SubmitUnlocked(Lock gate, ScsiTask task)
    {
        gate.Exit();
        try
        {
            return Store.Submit(task);
        }
        finally
        {
            gate.Enter();
        }
    }

    private void Drive(ScsiTask task, bool begins)
    {
        try
        {
            // It may have been ended on its way home.
            Step step = !begins ? AfterIo(task) : task.IsAborted ? Step.Done : Begin(task);
            ulong done = 0;
            while (step == Step.Io)
            {
                // The length is asked for first: where the store is not done, the task may be anywhere by then.
                ulong bytes = task.Length;
                if (!Submit(task))
                    return;
                // However quick the store is: a command over terabytes must let others have their turn, and be ended.
                if (task.Next is not null && task.TryYield(ref done, bytes))
                    return;
                step = AfterIo(task);
            }

            if (step == Step.Wait)
                return;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A mistake of ours costs this command and nothing else.
            task.Run?.Abandon();
            _ = task.Fail(SenseCode.InternalFailure);
            Faulted?.Invoke(fault);
        }

        End(task);
    }

    private static Step AfterIo(ScsiTask task)
    {
        // Where the range cannot be given back or zeroed in one go, the command has another way.
        bool isRefused = task.Error == Errno.EOPNOTSUPP && task.Operation is BlockOperation.Discard or BlockOperation.Zero;
        if (task.IsAborted)
        {
            task.Run?.Abandon();
            return Step.Done;
        }

        if (task.Error.IsError && !isRefused)
            return task.Fail(SenseOf(task));
        Func<ScsiTask, Step>? next = task.Next;
        task.Next = null;
        return next is null ? Step.Done : next(task);
    }

    private void End(ScsiTask task)
    {
        _running--;
        if (task.IsExclusive)
            _exclusive = false;
        task.IsRunning = false;
        if (task.Previous is null)
            _first = task.Following;
        else
            task.Previous.Following = task.Following;
        if (task.Following is not null)
            task.Following.Previous = task.Previous;
        task.Previous = task.Following = null;
        bool aborted = task.IsAborted;
        task.Complete();
        if (aborted && _managements.Count > 0)
            TellManagements(task);
        if (_waiting.Count > 0)
            StartWaiting();
        else if (_disposed && _running == 0)
            Close();
    }

    // Whether a command runs whose parts nothing may come between.
    private bool IsAtomic()
    {
        for (ScsiTask? task = _first; task is not null; task = task.Following)
        {
            if (task.IsExclusive && task.Command is { } command && (command.Traits & CommandTraits.Exclusive) != 0)
                return true;
        }

        return false;
    }

    private void TellManagements(ScsiTask task)
    {
        foreach (TaskManagement management in _managements.ToArray())
            management.Ended(task);
        _ = _managements.RemoveAll(static m => m.Outstanding == 0);
    }

    // A reset has an attention of its own.
    private void TellCleared(ScsiTask task, TaskManagement management)
    {
        if (!management.IsReset && task.Nexus != management.Asker)
            StateOf(task.Nexus).Add(SenseCode.CommandsCleared);
    }

    private void StartWaiting()
    {
        // A task that ends at once comes here again.
        if (_starting)
            return;
        _starting = true;
        while (_waiting.Count > 0 && !_exclusive && (Sanitizing is { IsOver: false } || !(_running > 0 && _waiting[0].IsExclusive)))
        {
            ScsiTask task = _waiting[0];
            _waiting.RemoveAt(0);
            if (Sanitizing is null || !TryRefuse(task))
                Run(task);
        }

        _starting = false;
    }

    private void AbortWaiting(Func<ScsiTask, TaskManagement?, bool> matches, TaskManagement? management)
    {
        for (int i = 0; i < _waiting.Count;)
        {
            ScsiTask task = _waiting[i];
            if (!matches(task, management))
            {
                i++;
                continue;
            }

            _waiting.RemoveAt(i);
            task.IsAborted = true;
            task.IsReset = management?.IsReset == true;
            if (management is not null)
                TellCleared(task, management);
            task.Complete();
        }
    }
}
