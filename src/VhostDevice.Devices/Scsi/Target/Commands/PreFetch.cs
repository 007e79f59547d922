// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>PRE-FETCH (SBC-4 §5.14): blocks are read into the store's cache, if it has one.</summary>
/// <remarks>
/// It ends with GOOD, by which the cache does not answer for all of the blocks, and not with CONDITION MET: the cache is the
/// host's, who may drop any of them at any time, and initiators that go through /dev/sg, libiscsi for one, take every
/// status but GOOD for a failure.
/// </remarks>
internal static class PreFetch
{
    private const byte Immediate = 0x02;

    // What is read ahead of one command: more would drive out what others have in the cache.
    private const ulong MaxBytes = 64 << 20;

    internal static Step Run10(ScsiTask task) => Run(task, task.U32(2), task.U16(7));

    internal static Step Run16(ScsiTask task) => Run(task, task.U64(2), task.U32(10));

    private static Step Run(ScsiTask task, ulong lba, ulong blocks)
    {
        if (!ReadWrite.IsInRange(task, lba, blocks))
            return Step.Done;
        LogicalUnit unit = task.Unit;
        // No number means all that follow.
        ulong bytes = Math.Min((blocks == 0 ? unit.BlockCount - lba : blocks) << unit.BlockShift, MaxBytes);
        if (!unit.Store.HasCache || bytes == 0)
            return Step.Done;
        Step step = (task.Byte(1) & Immediate) == 0
            ? task.TransferScratch(BlockOperation.Prefetch, lba << unit.BlockShift, ScsiTask.ScratchSize)
            : task.Order(BlockOperation.Prefetch, lba << unit.BlockShift);
        task.Length = bytes;
        return step;
    }
}
