// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>COMPARE AND WRITE (SBC-4 §5.3): writes only where the blocks are what the initiator expects. Runs alone.</summary>
internal static class CompareAndWrite
{
    private static readonly Func<ScsiTask, Step> s_read = Compare;

    /// <summary>The most blocks at a time.</summary>
    internal static byte MaxBlocks(LogicalUnit unit) => (byte)Math.Min(byte.MaxValue, ScsiTask.ScratchSize >> unit.BlockShift);

    internal static Step Run(ScsiTask task)
    {
        ulong lba = task.U64(2);
        uint blocks = task.Byte(13);
        if (blocks > MaxBlocks(task.Unit))
            return task.FailField(13);
        if (!ReadWrite.IsInRange(task, lba, blocks) || blocks == 0)
            return Step.Done;
        task.Chunk = (int)blocks << task.Unit.BlockShift;
        task.Lba = lba;
        if (!task.TryTakeOut(2 * (ulong)task.Chunk))
            return Step.Done;
        task.Next = s_read;
        return task.TransferScratch(BlockOperation.Read, lba << task.Unit.BlockShift, task.Chunk);
    }

    private static Step Compare(ScsiTask task)
    {
        int size = 1 << task.Unit.BlockShift;
        Span<byte> expected = stackalloc byte[1 << 12];
        expected = expected[..size];
        for (int at = 0; at < task.Chunk; at += size)
        {
            task.CopyOut((ulong)at, expected);
            int same = task.Scratch.Slice(at, size).CommonPrefixLength(expected);
            if (same < size)
                return task.Fail(SenseCode.VerifyMiscompare, (ulong)(at + same));
        }

        task.Durable = (task.Byte(1) & 0x08) != 0 || !task.Unit.Modes.WriteCache;
        return task.Transfer(BlockOperation.Write, task.Lba << task.Unit.BlockShift, (ulong)task.Chunk, (ulong)task.Chunk);
    }
}
