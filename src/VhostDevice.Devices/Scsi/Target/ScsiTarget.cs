// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>
/// All targets and their logical units, which know no transport. For the thread of one loop, or of several
/// (<see cref="Share"/>). Outlives the initiators' connections.
/// </summary>
/// <param name="commands">What all units can do.</param>
public sealed class ScsiTarget(CommandSet commands) : IDisposable
{
    private readonly SortedDictionary<uint, LogicalUnit> _units = [];
    private readonly List<ScsiNexus> _nexuses = [];

    // Taken away, with commands that still run.
    private readonly List<LogicalUnit> _leaving = [];
    private readonly LogicalUnit[] _absent = new LogicalUnit[256];
    private Lock? _gate;
    private LogicalUnit? _latest;
    private uint _latestKey = uint.MaxValue;

    /// <summary>A unit came (true) or went (false).</summary>
    public event Action<LogicalUnit, bool>? UnitChanged;

    /// <summary>A unit has another number of blocks.</summary>
    public event Action<LogicalUnit>? CapacityChanged;

    public CommandSet Commands => commands;

    /// <summary>By target, then by number.</summary>
    public IReadOnlyCollection<LogicalUnit> Units => _units.Values;

    /// <summary>
    /// From now on, commands come on several threads. Units come and go, and change, on one of them only, while the others
    /// do nothing here.
    /// </summary>
    /// <remarks>
    /// What a command decides is decided under one lock; what takes time, the store's work, is done outside of it. A lock
    /// for each unit would not do: a copy concerns several.
    /// </remarks>
    public void Share()
    {
        _gate ??= new Lock();
        foreach (LogicalUnit unit in _units.Values)
            unit.Gate = _gate;
    }

    /// <summary>Adds a unit, which belongs to the target from now on.</summary>
    /// <returns>False when there is one of that number.</returns>
    public bool TryAdd(LogicalUnit unit)
    {
        if (!_units.TryAdd(Key(unit.Options.Target, unit.Options.Lun), unit))
            return false;
        unit.Owner = this;
        unit.Gate = _gate;
        _latest = null;
        foreach (ScsiNexus nexus in _nexuses)
            unit.Join(nexus);
        TellOthers(unit);
        UnitChanged?.Invoke(unit, true);
        return true;
    }

    /// <summary>Takes a unit away; its commands that run are finished, the others aborted.</summary>
    public bool TryRemove(byte target, ushort lun)
    {
        if (!_units.Remove(Key(target, lun), out LogicalUnit? unit))
            return false;
        _latest = null;
        _latestKey = uint.MaxValue;
        unit.Dispose();
        _ = _leaving.RemoveAll(static u => u.TaskCount == 0);
        if (unit.TaskCount > 0)
            _leaving.Add(unit);
        TellOthers(unit);
        UnitChanged?.Invoke(unit, false);
        return true;
    }

    public LogicalUnit? Find(byte target, ushort lun) => _units.GetValueOrDefault(Key(target, lun));

    /// <summary>Looks at the length of a unit's store again and tells everybody when it has changed.</summary>
    public Linux.Errno Resize(LogicalUnit unit)
    {
        Linux.Errno errno = unit.Store.Refresh();
        if (errno.IsSuccess && unit.CountBlocks())
        {
            unit.Attention(SenseCode.CapacityChanged);
            CapacityChanged?.Invoke(unit);
        }

        return errno;
    }

    /// <summary>An initiator comes to units that others may be using: all tell it that they were switched on.</summary>
    public void Join(ScsiNexus nexus)
    {
        if (!_nexuses.Contains(nexus))
            _nexuses.Add(nexus);
        foreach (LogicalUnit unit in _units.Values)
            unit.Join(nexus);
    }

    /// <summary>An initiator that was here before goes on, with a former process or this one: it is told nothing.</summary>
    public void Rejoin(ScsiNexus nexus)
    {
        if (!_nexuses.Contains(nexus))
            _nexuses.Add(nexus);
        foreach (LogicalUnit unit in _units.Values)
            unit.Reservations.Recognize(nexus);
    }

    /// <summary>
    /// An initiator begins anew, with everything switched on: units are started, have their mode pages as they were saved,
    /// and no reservation of RESERVE(6). All initiators are told. On the thread that may change units (<see cref="Share"/>).
    /// </summary>
    public void PowerOn(ScsiNexus nexus)
    {
        Join(nexus);
        foreach (LogicalUnit unit in _units.Values)
            unit.PowerOn();
    }

    /// <summary>Whether a target has any unit.</summary>
    public bool HasTarget(byte target)
    {
        foreach (uint key in _units.Keys)
        {
            if (key >> 16 == target)
                return true;
        }

        return false;
    }

    /// <summary>Carries out a command; the task hears when it is complete, maybe before this returns.</summary>
    /// <param name="lun">Of a logical unit, or <see cref="LunAddress.ReportLuns"/>.</param>
    /// <returns>False, and nothing happened, when there is no such target.</returns>
    public bool TryExecute(ScsiTask task, byte target, ushort lun) =>
        _gate is null ? TryExecuteAlone(task, target, lun) : TryExecuteLocked(_gate, task, target, lun);

    /// <summary>Carries out a task management function, which is answered when it is done.</summary>
    public void Manage(TaskManagement management, byte target, ushort lun)
    {
        if (_gate is null)
        {
            ManageAlone(management, target, lun);
            return;
        }

        lock (_gate)
            ManageAlone(management, target, lun);
    }

    /// <summary>
    /// Ends what may take long and can be sent again, for an initiator that stops: soon, and as a reset does. Everything
    /// else goes on.
    /// </summary>
    public void EndRepeatable(Predicate<ScsiTask> isMeant)
    {
        if (_gate is null)
        {
            EndRepeatableAlone(isMeant);
            return;
        }

        lock (_gate)
            EndRepeatableAlone(isMeant);
    }

    /// <summary>
    /// Ends commands as soon as possible, as a reset does, whatever they are at: the store is asked to let go of what it has
    /// begun, and what it cannot let go of is waited for. While nobody else is at work here.
    /// </summary>
    /// <param name="isMeant">Asked of what initiators sent.</param>
    public void Cancel(Predicate<ScsiTask> isMeant)
    {
        if (_gate is null)
        {
            CancelAlone(isMeant);
            return;
        }

        lock (_gate)
            CancelAlone(isMeant);
    }

    public void Dispose()
    {
        foreach (LogicalUnit unit in _units.Values)
            unit.Dispose();
        _units.Clear();
        foreach (LogicalUnit? unit in _absent)
            unit?.Dispose();
    }

    private static uint Key(byte target, ushort lun) => ((uint)target << 16) | lun;

    // Apart from the usual way, which a lock in the same method would make longer.
    private bool TryExecuteLocked(Lock gate, ScsiTask task, byte target, ushort lun)
    {
        lock (gate)
            return TryExecuteAlone(task, target, lun);
    }

    private bool TryExecuteAlone(ScsiTask task, byte target, ushort lun)
    {
        task.Clear();
        uint key = Key(target, lun);
        LogicalUnit? unit = _latest;
        if (key != _latestKey || unit is null)
        {
            if (!_units.TryGetValue(key, out unit))
                return TryExecuteWithoutUnit(task, target, lun);
            _latest = unit;
            _latestKey = key;
        }

        // The list of units is the target's to tell.
        if (task.Byte(0) == ReportLuns.Opcode)
            Finish(task, unit, this, target);
        else
            unit.Start(task);
        return true;
    }

    private void ManageAlone(TaskManagement management, byte target, ushort lun)
    {
        LogicalUnit? unit = Find(target, lun);
        if (!HasTarget(target))
        {
            management.Answer(ManagementResult.NoTarget);
            return;
        }

        if (unit is null && management.Function != TaskManagementFunction.NexusReset)
        {
            management.Answer(ManagementResult.IncorrectLun);
            return;
        }

        switch (management.Function)
        {
            case TaskManagementFunction.QueryTask or TaskManagementFunction.QueryTaskSet:
                management.Answer(unit!.Has(management) ? ManagementResult.Succeeded : ManagementResult.Complete);
                return;
            case TaskManagementFunction.AbortTask or TaskManagementFunction.AbortTaskSet or TaskManagementFunction.ClearTaskSet:
                unit!.Abort(management);
                break;
            case TaskManagementFunction.LogicalUnitReset:
                unit!.Abort(management);
                unit.Reset();
                break;
            case TaskManagementFunction.NexusReset:
                foreach (LogicalUnit each in _units.Values)
                {
                    if (each.Options.Target != target)
                        continue;
                    each.Abort(management);
                    each.Lose(management.Nexus);
                }

                break;
            default:
                // There is no auto contingent allegiance to clear (NormACA is 0).
                management.Answer(ManagementResult.Rejected);
                return;
        }

        management.Begun();
    }

    private void EndRepeatableAlone(Predicate<ScsiTask> isMeant)
    {
        foreach (LogicalUnit unit in _units.Values)
            unit.EndRepeatable(isMeant);
        foreach (LogicalUnit unit in _leaving)
            unit.EndRepeatable(isMeant);
    }

    private void CancelAlone(Predicate<ScsiTask> isMeant)
    {
        foreach (LogicalUnit unit in _units.Values)
            unit.Cancel(isMeant);
        foreach (LogicalUnit unit in _leaving)
            unit.Cancel(isMeant);
    }

    private static void Finish(ScsiTask task, LogicalUnit unit, ScsiTarget target, byte number)
    {
        task.Unit = unit;
        _ = ReportLuns.Run(task, target, number);
        task.Complete();
    }

    // A unit that is not there says so in three ways (SPC-5 §6.7.1, SAM-6 §5.12).
    private bool TryExecuteWithoutUnit(ScsiTask task, byte target, ushort lun)
    {
        if (!HasTarget(target))
            return false;
        LogicalUnit absent = _absent[target] ??= new LogicalUnit(new LogicalUnitOptions { Target = target, Lun = lun }, new Storage.NullStore(0));
        task.Unit = absent;
        _ = Commands.RunWithoutUnit(task, this, target, isWellKnown: lun == LunAddress.ReportLuns);
        task.Complete();
        return true;
    }

    private void TellOthers(LogicalUnit changed)
    {
        foreach (LogicalUnit unit in _units.Values)
        {
            if (unit != changed && unit.Options.Target == changed.Options.Target)
                unit.Attention(SenseCode.UnitsChanged);
        }
    }
}
