// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>A task management function on its way: it is answered when every task that it ends has ended.</summary>
/// <param name="function">What is asked for.</param>
/// <param name="nexus">Who asks.</param>
/// <param name="tag">Which task, for those that mean one.</param>
/// <param name="answer">
/// Called once, on the loop of the command that it waited for last; maybe before <see cref="ScsiTarget.Manage"/>
/// returns.
/// </param>
public sealed class TaskManagement(TaskManagementFunction function, ScsiNexus nexus, ulong tag, Action<ManagementResult> answer)
{
    private readonly HashSet<ScsiTask> _awaited = [];
    private bool _isBegun;

    public TaskManagementFunction Function => function;

    /// <summary>Whose tasks are meant, by functions that mean those of one.</summary>
    public ScsiNexus Nexus => nexus;

    /// <summary>Who asks, when it is not the one whose tasks are meant.</summary>
    internal ScsiNexus Asker
    {
        get => field ?? nexus;
        init;
    }

    internal bool IsReset => function is TaskManagementFunction.LogicalUnitReset or TaskManagementFunction.NexusReset;

    internal int Outstanding => _awaited.Count;

    internal bool Matches(ScsiTask task) => !task.OutlastsManagement && function switch
    {
        // A part has no name, and is not asked for.
        TaskManagementFunction.AbortTask or TaskManagementFunction.QueryTask => task.Nexus == nexus && task.Tag == tag && !task.IsPart,
        TaskManagementFunction.QueryTaskSet => task.Nexus == nexus && !task.IsPart,
        TaskManagementFunction.AbortTaskSet or TaskManagementFunction.NexusReset => task.Nexus == nexus,
        _ => true,
    };

    internal void Await(ScsiTask task) => _awaited.Add(task);

    internal void Ended(ScsiTask task)
    {
        if (_awaited.Remove(task))
            AnswerIfDone();
    }

    /// <summary>All units were asked.</summary>
    internal void Begun()
    {
        _isBegun = true;
        AnswerIfDone();
    }

    internal void Answer(ManagementResult result) => answer(result);

    private void AnswerIfDone()
    {
        if (_isBegun && _awaited.Count == 0)
            answer(ManagementResult.Complete);
    }
}
