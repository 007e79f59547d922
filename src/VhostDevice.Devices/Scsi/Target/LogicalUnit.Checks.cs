// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <content>What every command must pass before it begins (SPC-5 §5.13 and §5.14, SAM-6 §5.9).</content>
public sealed partial class LogicalUnit
{
    private Step Begin(ScsiTask task)
    {
        ScsiCommand? command = task.Command;
        CommandTraits traits = command is null ? CommandTraits.None : command.Traits;
        NexusState state = StateOf(task.Nexus);
        if (state.HasAttention && (traits & (CommandTraits.IgnoresAttention | CommandTraits.Part)) == 0)
            return task.Fail(state.Take());
        if (command is null)
            return Commands.HasOpcode(task.Byte(0)) ? task.FailField(1, 4) : task.Fail(SenseCode.InvalidOpcode);
        if (!command.IsOffered(this))
            return task.Fail(SenseCode.InvalidOpcode);
        if (!command.IsWellFormed(task.Cdb))
        {
            (int at, int bit) = command.WrongField(task.Cdb);
            return task.FailField(at, bit);
        }

        if (Reservations.IsInUse && Reservations.Forbids(task, command))
            return task.Conflict();
        if ((traits & CommandTraits.Medium) != 0)
        {
            if (IsStopped)
                return task.Fail(SenseCode.Stopped);
            if ((traits & CommandTraits.Writes) != 0 && IsWriteProtected)
                return task.Fail(SenseCode.WriteProtected);
        }

        return command.Handler(task);
    }
}
