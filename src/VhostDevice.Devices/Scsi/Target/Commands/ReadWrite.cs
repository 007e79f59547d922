// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Devices.Scsi.Storage;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>READ and WRITE in their four lengths (SBC-4 §5.16 and following).</summary>
internal static class ReadWrite
{
    private const byte ForceUnitAccess = 0x08;

    private static readonly Func<ScsiTask, Step> s_arrived = Arrived;
    private static readonly Func<ScsiTask, Step> s_flushed = ReadNow;

    internal static Step Read6(ScsiTask task) => Read(task, Lba6(task), Length6(task), force: false);

    internal static Step Read10(ScsiTask task) => Read(task, task.U32(2), task.U16(7), IsForced(task));

    internal static Step Read12(ScsiTask task) => Read(task, task.U32(2), task.U32(6), IsForced(task));

    internal static Step Read16(ScsiTask task) => Read(task, task.U64(2), task.U32(10), IsForced(task));

    internal static Step Write6(ScsiTask task) => Write(task, Lba6(task), Length6(task), force: false, null);

    internal static Step Write10(ScsiTask task) => Write(task, task.U32(2), task.U16(7), IsForced(task), null);

    internal static Step Write12(ScsiTask task) => Write(task, task.U32(2), task.U32(6), IsForced(task), null);

    internal static Step Write16(ScsiTask task) => Write(task, task.U64(2), task.U32(10), IsForced(task), null);

    /// <summary>Whether blocks are all there; otherwise the command is ended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsInRange(ScsiTask task, ulong lba, ulong blocks)
    {
        ulong count = task.Unit.BlockCount;
        if (lba <= count && blocks <= count - lba)
            return true;
        _ = task.Fail(SenseCode.OutOfRange);
        return false;
    }

    /// <summary>Writes what the initiator sent, from its start, and goes on with the next step.</summary>
    internal static Step Write(ScsiTask task, ulong lba, uint blocks, bool force, Func<ScsiTask, Step>? next)
    {
        if (!IsInRange(task, lba, blocks))
            return Step.Done;
        ulong bytes = (ulong)blocks << task.Unit.BlockShift;
        if (!task.TryTakeOut(bytes))
            return Step.Done;
        if (blocks == 0)
            return Step.Done;
        task.Durable = force || !task.Unit.Modes.WriteCache;
        task.Next = next;
        return task.Transfer(BlockOperation.Write, lba << task.Unit.BlockShift, bytes, 0);
    }

    private static Step Read(ScsiTask task, ulong lba, uint blocks, bool force)
    {
        if (!IsInRange(task, lba, blocks))
            return Step.Done;
        task.Lba = lba;
        task.Position = (ulong)blocks << task.Unit.BlockShift;
        if (!task.TryHaveRoom(task.Position) || blocks == 0)
            return Step.Done;
        if (!force)
            return ReadNow(task);
        // What is only in a cache must be on the medium to be read from there (SBC-4 §4.15).
        task.Next = s_flushed;
        return task.Order(BlockOperation.Flush);
    }

    private static Step ReadNow(ScsiTask task)
    {
        task.Next = s_arrived;
        return task.Transfer(BlockOperation.Read, task.Lba << task.Unit.BlockShift, task.Position, 0);
    }

    private static Step Arrived(ScsiTask task)
    {
        task.CountIn(task.Position);
        return Step.Done;
    }

    private static bool IsForced(ScsiTask task) => (task.Byte(1) & ForceUnitAccess) != 0;

    private static ulong Lba6(ScsiTask task) => task.U32(0) & 0x1FFFFF;

    private static uint Length6(ScsiTask task) => task.Byte(4) == 0 ? 256u : task.Byte(4);
}
