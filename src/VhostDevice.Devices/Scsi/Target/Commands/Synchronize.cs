// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>SYNCHRONIZE CACHE (SBC-4 §5.31).</summary>
internal static class Synchronize
{
    internal static Step Run10(ScsiTask task) => Run(task, task.U32(2), task.U16(7));

    internal static Step Run16(ScsiTask task) => Run(task, task.U64(2), task.U32(10));

    // The whole store, whatever the range; and with IMMED the status still says that it is done.
    private static Step Run(ScsiTask task, ulong lba, uint blocks) =>
        ReadWrite.IsInRange(task, lba, blocks) ? task.Order(BlockOperation.Flush) : Step.Done;
}
