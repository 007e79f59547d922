// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>UNMAP (SBC-4 §5.33): gives the space of ranges back; they read as zeroes where LBPRZ says so.</summary>
internal static class Unmap
{
    /// <summary>The most ranges of one command.</summary>
    internal const int MaxRanges = 256;

    /// <summary>The most blocks of one command.</summary>
    internal const uint MaxBlocks = 0x100000;

    private const int HeadSize = 8;
    private const int RangeSize = 16;

    private static readonly Func<ScsiTask, Step> s_unmapped = Unmapped;
    private static readonly Func<ScsiTask, Step> s_zeroesWritten = ZeroesWritten;

    internal static Step Run(ScsiTask task)
    {
        int length = task.U16(7);
        if (length == 0)
            return Step.Done;
        if (length < HeadSize)
            return task.Fail(SenseCode.ListLength);
        Span<byte> list = task.Scratch[..Math.Min(length, HeadSize + (MaxRanges * RangeSize))];
        if (!task.TryTakeOut((ulong)length) || !task.TryFetch(list))
            return Step.Done;
        int ranges = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(list[2..]), length - HeadSize) / RangeSize;
        if (ranges > MaxRanges)
            return task.Fail(SenseCode.InvalidListField);
        ulong total = 0;
        for (int i = 0; i < ranges; i++)
        {
            Range(task, i, out ulong lba, out uint blocks);
            total += blocks;
            if (!ReadWrite.IsInRange(task, lba, blocks))
                return Step.Done;
        }

        if (total > MaxBlocks)
            return task.Fail(SenseCode.InvalidListField);
        task.Position = 0;
        task.Chunk = ranges;
        return UnmapNext(task);
    }

    private static void Range(ScsiTask task, int index, out ulong lba, out uint blocks)
    {
        ReadOnlySpan<byte> range = task.Scratch.Slice(HeadSize + (index * RangeSize), RangeSize);
        lba = BinaryPrimitives.ReadUInt64BigEndian(range);
        blocks = BinaryPrimitives.ReadUInt32BigEndian(range[8..]);
    }

    private static Step UnmapNext(ScsiTask task)
    {
        while (task.Position < (ulong)task.Chunk)
        {
            Range(task, (int)task.Position++, out ulong lba, out uint blocks);
            if (blocks == 0)
                continue;
            task.Lba = lba;
            task.Blocks = blocks;
            return WriteSame.Zero(task, discard: true, s_unmapped);
        }

        return task.Unit.Modes.WriteCache ? Step.Done : task.Order(Storage.BlockOperation.Flush);
    }

    private static Step Unmapped(ScsiTask task) => task.Error == Errno.EOPNOTSUPP ? WriteZeroes(task) : UnmapNext(task);

    // Where the unit says that what was unmapped reads as zeroes (LBPRZ), it must; elsewhere it may.
    private static Step WriteZeroes(ScsiTask task)
    {
        // The list stays in the front for as long as the command runs.
        const int at = ScsiTask.ScratchSize / 2;
        task.Scratch[at..].Clear();
        ulong blocks = Math.Min((ulong)(ScsiTask.ScratchSize - at) >> task.Unit.BlockShift, task.Blocks);
        task.Next = s_zeroesWritten;
        Step step = task.TransferScratch(Storage.BlockOperation.Write, task.Lba << task.Unit.BlockShift, (int)blocks << task.Unit.BlockShift, at);
        task.Lba += blocks;
        task.Blocks -= blocks;
        return step;
    }

    private static Step ZeroesWritten(ScsiTask task) => task.Blocks == 0 ? UnmapNext(task) : WriteZeroes(task);
}
