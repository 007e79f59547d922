// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>START STOP UNIT (SBC-4 §5.25).</summary>
internal static class Power
{
    private const byte Start = 0x01;
    private const byte LoadEject = 0x02;
    private const byte NoFlush = 0x04;

    // The active, idle and standby conditions, which are all the same here.
    private const int LastCondition = 3;

    private static readonly Func<ScsiTask, Step> s_flushed = Stop;

    internal static Step StartStop(ScsiTask task)
    {
        byte flags = task.Byte(4);
        int condition = flags >> 4;
        if (condition > LastCondition)
            return task.FailField(4);
        if (condition != 0)
            return Step.Done;
        // There is nothing that could be taken out.
        if ((flags & LoadEject) != 0)
            return task.FailField(4, 1);
        if ((flags & Start) != 0)
        {
            task.Unit.IsStopped = false;
            return Step.Done;
        }

        if ((flags & NoFlush) != 0)
            return Stop(task);
        task.Next = s_flushed;
        return task.Order(BlockOperation.Flush);
    }

    private static Step Stop(ScsiTask task)
    {
        task.Unit.IsStopped = true;
        return Step.Done;
    }
}
