// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>VERIFY and WRITE AND VERIFY: the blocks can be read, and are what the initiator says (SBC-4 §5.35, §5.44).</summary>
internal static class Verify
{
    private const int CheckShift = 1;

    // BYTCHK.
    private const int MediumOnly = 0;
    private const int Reserved = 2;
    private const int OneBlock = 3;

    private static readonly Func<ScsiTask, Step> s_written = Written;
    private static readonly Func<ScsiTask, Step> s_flushed = ReadNext;
    private static readonly Func<ScsiTask, Step> s_read = Compare;

    internal static Step Run10(ScsiTask task) => Run(task, task.U32(2), task.U16(7));

    internal static Step Run12(ScsiTask task) => Run(task, task.U32(2), task.U32(6));

    internal static Step Run16(ScsiTask task) => Run(task, task.U64(2), task.U32(10));

    internal static Step WriteAndVerify10(ScsiTask task) => WriteAndVerify(task, task.U32(2), task.U16(7));

    internal static Step WriteAndVerify12(ScsiTask task) => WriteAndVerify(task, task.U32(2), task.U32(6));

    internal static Step WriteAndVerify16(ScsiTask task) => WriteAndVerify(task, task.U64(2), task.U32(10));

    private static int Check(ScsiTask task) => (task.Byte(1) >> CheckShift) & 3;

    private static Step Run(ScsiTask task, ulong lba, uint blocks)
    {
        int check = Check(task);
        if (check == Reserved)
            return task.FailField(1, 2);
        if (!ReadWrite.IsInRange(task, lba, blocks) || blocks == 0)
            return Step.Done;
        if (check != MediumOnly && !task.TryTakeOut((ulong)(check == OneBlock ? 1 : blocks) << task.Unit.BlockShift))
            return Step.Done;
        task.Lba = lba;
        task.Blocks = blocks;
        return ReadNext(task);
    }

    private static Step WriteAndVerify(ScsiTask task, ulong lba, uint blocks)
    {
        // Only "the medium" and "the same bytes" make sense here.
        if (Check(task) is Reserved or OneBlock)
            return task.FailField(1, 2);
        task.Lba = lba;
        task.Blocks = blocks;
        return ReadWrite.Write(task, lba, blocks, force: false, s_written);
    }

    // What is compared is to come from the medium, as far as that can be had.
    private static Step Written(ScsiTask task)
    {
        task.Next = s_flushed;
        return task.Order(BlockOperation.Flush);
    }

    private static Step ReadNext(ScsiTask task)
    {
        task.Chunk = (int)Math.Min((ulong)ScsiTask.ScratchSize >> task.Unit.BlockShift, task.Blocks) << task.Unit.BlockShift;
        task.Next = s_read;
        return task.TransferScratch(BlockOperation.Read, (task.Lba << task.Unit.BlockShift) + task.Position, task.Chunk);
    }

    private static Step Compare(ScsiTask task)
    {
        int check = Check(task);
        if (check != MediumOnly && Difference(task, check == OneBlock) is >= 0 and int at)
            return task.Fail(SenseCode.VerifyMiscompare, task.Position + (ulong)at);
        task.Position += (ulong)task.Chunk;
        task.Blocks -= (ulong)task.Chunk >> task.Unit.BlockShift;
        return task.Blocks == 0 ? Step.Done : ReadNext(task);
    }

    // The first byte of the chunk that is not what the initiator sent, or -1.
    private static int Difference(ScsiTask task, bool oneBlock)
    {
        int size = 1 << task.Unit.BlockShift;
        Span<byte> sent = stackalloc byte[1 << 12];
        sent = sent[..size];
        for (int at = 0; at < task.Chunk; at += size)
        {
            task.CopyOut(oneBlock ? 0 : task.Position + (ulong)at, sent);
            int same = task.Scratch.Slice(at, size).CommonPrefixLength(sent);
            if (same < size)
                return at + same;
        }

        return -1;
    }
}
