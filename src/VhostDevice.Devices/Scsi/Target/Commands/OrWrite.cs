// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>ORWRITE(16) (SBC-4 §5.13): sets the bits that the initiator sends in what is there. Runs alone.</summary>
internal static class OrWrite
{
    private static readonly Func<ScsiTask, Step> s_read = Combine;
    private static readonly Func<ScsiTask, Step> s_written = Written;

    internal static Step Run(ScsiTask task)
    {
        ulong lba = task.U64(2);
        uint blocks = task.U32(10);
        if (!ReadWrite.IsInRange(task, lba, blocks) || !task.TryTakeOut((ulong)blocks << task.Unit.BlockShift) || blocks == 0)
            return Step.Done;
        task.Lba = lba;
        task.Blocks = blocks;
        return ReadNext(task);
    }

    private static Step ReadNext(ScsiTask task)
    {
        task.Chunk = (int)Math.Min((ulong)ScsiTask.ScratchSize >> task.Unit.BlockShift, task.Blocks) << task.Unit.BlockShift;
        task.Next = s_read;
        return task.TransferScratch(BlockOperation.Read, (task.Lba << task.Unit.BlockShift) + task.Position, task.Chunk);
    }

    private static Step Combine(ScsiTask task)
    {
        int size = 1 << task.Unit.BlockShift;
        Span<byte> sent = stackalloc byte[1 << 12];
        sent = sent[..size];
        for (int at = 0; at < task.Chunk; at += size)
        {
            task.CopyOut(task.Position + (ulong)at, sent);
            Span<byte> there = task.Scratch.Slice(at, size);
            for (int i = 0; i < size; i++)
                there[i] |= sent[i];
        }

        task.Durable = (task.Byte(1) & 0x08) != 0 || !task.Unit.Modes.WriteCache;
        task.Next = s_written;
        return task.TransferScratch(BlockOperation.Write, (task.Lba << task.Unit.BlockShift) + task.Position, task.Chunk);
    }

    private static Step Written(ScsiTask task)
    {
        task.Position += (ulong)task.Chunk;
        task.Blocks -= (ulong)task.Chunk >> task.Unit.BlockShift;
        return task.Blocks == 0 ? Step.Done : ReadNext(task);
    }
}
