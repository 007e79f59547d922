// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>WRITE SAME (SBC-4 §5.52): one block again and again; zeroes without moving any, where the store can.</summary>
internal static class WriteSame
{
    /// <summary>The most blocks of one command, so that none takes for ever: 2 GiB of the smaller blocks.</summary>
    internal const uint MaxBlocks = 0x400000;

    private const byte UnmapBit = 0x08;
    private const byte NoData = 0x01;

    private static readonly Func<ScsiTask, Step> s_zeroed = Zeroed;
    private static readonly Func<ScsiTask, Step> s_written = Written;

    internal static Step Run10(ScsiTask task) => Run(task, task.U32(2), task.U16(7), noData: false);

    internal static Step Run16(ScsiTask task) => Run(task, task.U64(2), task.U32(10), (task.Byte(1) & NoData) != 0);

    /// <summary>Makes blocks read as zeroes: <see cref="ScsiTask.Lba"/> and <see cref="ScsiTask.Blocks"/>.</summary>
    /// <param name="discard">Their space may be given back.</param>
    /// <param name="then">What follows.</param>
    internal static Step Zero(ScsiTask task, bool discard, Func<ScsiTask, Step> then)
    {
        task.Next = then;
        return task.Order(
            discard ? BlockOperation.Discard : BlockOperation.Zero,
            task.Lba << task.Unit.BlockShift,
            task.Blocks << task.Unit.BlockShift);
    }

    /// <summary>Writes the block with which <see cref="ScsiTask.Scratch"/> is filled to what is left.</summary>
    internal static Step WriteNext(ScsiTask task)
    {
        task.Chunk = (int)Math.Min((ulong)ScsiTask.ScratchSize >> task.Unit.BlockShift, task.Blocks) << task.Unit.BlockShift;
        task.Durable = !task.Unit.Modes.WriteCache;
        task.Next = s_written;
        return task.TransferScratch(BlockOperation.Write, task.Lba << task.Unit.BlockShift, task.Chunk);
    }

    private static Step Run(ScsiTask task, ulong lba, uint blocks, bool noData)
    {
        LogicalUnit unit = task.Unit;
        bool unmap = (task.Byte(1) & UnmapBit) != 0;
        // What is unmapped has to read as the zeroes that were written.
        if (unmap && !(unit.Options.Thin && unit.Store.DiscardsToZero))
            return task.FailField(1, 3);
        // WSNZ: no number does not mean "all".
        if (blocks is 0 or > MaxBlocks)
            return task.FailField(task.Command!.Length == 10 ? 7 : 10);
        if (!ReadWrite.IsInRange(task, lba, blocks))
            return Step.Done;
        int size = 1 << unit.BlockShift;
        Span<byte> block = task.Scratch[..size];
        if (noData)
        {
            block.Clear();
        }
        else
        {
            if (!task.TryTakeOut((ulong)size))
                return Step.Done;
            task.CopyOut(0, block);
        }

        task.Lba = lba;
        task.Blocks = blocks;
        if (block.IndexOfAnyExcept((byte)0) < 0)
            return Zero(task, unmap && unit.Store.CanDiscard, s_zeroed);
        Fill(task);
        return WriteNext(task);
    }

    private static void Fill(ScsiTask task)
    {
        int size = 1 << task.Unit.BlockShift;
        for (int at = size; at < ScsiTask.ScratchSize; at += size)
            task.Scratch[..size].CopyTo(task.Scratch[at..]);
    }

    private static Step Zeroed(ScsiTask task)
    {
        if (task.Error == Errno.EOPNOTSUPP)
        {
            Fill(task);
            return WriteNext(task);
        }

        return task.Unit.Modes.WriteCache ? Step.Done : task.Order(BlockOperation.Flush);
    }

    private static Step Written(ScsiTask task)
    {
        ulong done = (ulong)task.Chunk >> task.Unit.BlockShift;
        task.Lba += done;
        task.Blocks -= done;
        return task.Blocks == 0 ? Step.Done : WriteNext(task);
    }
}
