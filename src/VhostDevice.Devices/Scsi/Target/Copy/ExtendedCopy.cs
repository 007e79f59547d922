// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target.Copy;

/// <summary>EXTENDED COPY(LID1) (SPC-4 §6.4): copies between the units of a <see cref="ScsiTarget"/>.</summary>
internal static class ExtendedCopy
{
    private static readonly Func<ScsiTask, Step> s_go = Go;

    internal static Step Run(ScsiTask task)
    {
        uint length = task.U32(10);
        if (length == 0)
            return Step.Done;
        if (length > CopyLimits.HeadSize + CopyLimits.MaxListLength)
            return task.Fail(SenseCode.ListLength);
        Span<byte> bytes = task.Scratch[..(int)length];
        if (!task.TryFetch(bytes))
            return Step.Done;
        if (!CopyList.TryRead(bytes, out CopyList list, out SenseCode problem))
            return task.Fail(problem);
        CopyRecords records = task.Unit.Copies;
        if (list.IsIdentified && records.Find(task.Nexus, list.Id) is { IsInProgress: true })
            return task.Fail(SenseCode.CopyInProgress);
        CopyRun run = task.Run as CopyRun ?? new CopyRun();
        task.Run = run;
        run.Begin(list.IsIdentified ? records.Add(task.Nexus, list.Id) : null);
        // The list stays where it is: the pieces have a room of their own.
        task.Chunk = (int)length;
        task.Error = Linux.Errno.Success;
        return Go(task);
    }

    private static Step Go(ScsiTask task)
    {
        CopyRun run = (CopyRun)task.Run!;
        // It was looked at when the command began.
        _ = CopyList.TryRead(task.Scratch[..task.Chunk], out CopyList list, out _);
        while (true)
        {
            if (!run.Continue(task, out SenseCode problem))
            {
                task.Next = s_go;
                return Step.Wait;
            }

            if (problem == SenseCode.None && run.TryTakeSegment(list, task.Unit.Owner!, out problem))
                continue;
            run.End(problem == SenseCode.None);
            return problem == SenseCode.None ? Step.Done : task.Fail(problem, command: (uint)run.Segment);
        }
    }
}
