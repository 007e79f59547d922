// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Numerics;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>READ CAPACITY (SBC-4 §5.20, §5.21).</summary>
internal static class Capacity
{
    private const int Size16 = 32;

    // LBPME, and LBPRZ.
    private const byte Thin = 0x80;
    private const byte UnmappedReadsZeroes = 0x40;

    internal static Step Run10(ScsiTask task)
    {
        Span<byte> data = stackalloc byte[8];
        // All ones: ask with READ CAPACITY(16).
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)Math.Min(LastBlock(task), uint.MaxValue));
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], 1u << task.Unit.BlockShift);
        return task.Reply(data, (ulong)data.Length);
    }

    internal static Step Run16(ScsiTask task)
    {
        Span<byte> data = stackalloc byte[Size16];
        data.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(data, LastBlock(task));
        BinaryPrimitives.WriteUInt32BigEndian(data[8..], 1u << task.Unit.BlockShift);
        data[13] = (byte)BlocksPerPhysical(task.Unit);
        if (task.Unit.Options.Thin)
            data[14] = task.Unit.Store.DiscardsToZero ? (byte)(Thin | UnmappedReadsZeroes) : Thin;
        return task.Reply(data, task.U32(10));
    }

    // LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT, which has four bits: guests align what they write to that.
    private static int BlocksPerPhysical(LogicalUnit unit) =>
        Math.Clamp(BitOperations.Log2(Math.Max(unit.Options.PhysicalBlockSize, 1)) - unit.BlockShift, 0, 15);

    // An image has a block at least, unless it shrank.
    private static ulong LastBlock(ScsiTask task) => Math.Max(task.Unit.BlockCount, 1) - 1;
}
