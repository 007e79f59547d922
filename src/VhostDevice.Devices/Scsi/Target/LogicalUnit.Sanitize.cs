// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target.Sanitizing;

namespace VhostDevice.Devices.Scsi.Target;

/// <content>SANITIZE, which outlives its command (SBC-4 §4.11).</content>
public sealed partial class LogicalUnit
{
    /// <summary>The sanitize operation that goes on, or the last one when it has failed; null: neither.</summary>
    internal SanitizeRun? Sanitizing { get; set; }

    /// <summary>The unit was taken away, and waits for what is running.</summary>
    internal bool IsGone => _disposed;

    /// <summary>Begins the operation of a command that runs alone. From here on others need not wait for it: they are refused.</summary>
    internal void BeginSanitizing(ScsiTask command, SanitizeRun run)
    {
        Sanitizing = run;
        run.Unit = this;
        run.Nexus = command.Nexus;
        run.Home = command.Home;
        run.Loop = command.Loop;
        run.Engine = command.Engine;
        command.IsExclusive = false;
        _exclusive = false;
        Run(run);
        if (_waiting.Count > 0)
            StartWaiting();
    }

    // Ends a command that comes meanwhile, or after a failure. What is not refused does not touch blocks, and keeps no place.
    private bool TryRefuse(ScsiTask task)
    {
        SanitizeRun sanitizing = Sanitizing!;
        if (_disposed || !sanitizing.Refuses(task))
        {
            task.IsExclusive &= sanitizing.IsOver;
            return false;
        }

        NexusState state = StateOf(task.Nexus);
        _ = state.HasAttention && !task.IsPart ? task.Fail(state.Take()) : sanitizing.Refuse(task);
        task.Complete();
        return true;
    }
}
