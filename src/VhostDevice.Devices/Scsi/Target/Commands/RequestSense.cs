// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>REQUEST SENSE (SPC-5 §6.39): what there is to tell, as data.</summary>
internal static class RequestSense
{
    internal static Step Run(ScsiTask task)
    {
        NexusState state = task.Unit.StateOf(task.Nexus);
        if (!state.HasAttention && task.Unit.Sanitizing is { } run)
            return Reply(task, run.State, run.HasFailed ? null : run.Progress);
        SenseCode code = state.HasAttention ? state.Take()
            : task.Unit.IsStopped ? SenseCode.Stopped
            : SenseCode.None;
        return Reply(task, code);
    }

    /// <summary>Answers with sense data, in the format that the command asks for.</summary>
    internal static Step Reply(ScsiTask task, SenseCode code, ushort? progress = null)
    {
        Span<byte> sense = stackalloc byte[SenseData.MaxSize];
        int length = SenseData.Write(sense, descriptors: (task.Byte(1) & 1) != 0, code, progress: progress);
        return task.Reply(sense[..length], task.Byte(4));
    }
}
