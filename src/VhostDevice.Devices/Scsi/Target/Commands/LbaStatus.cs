// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>GET LBA STATUS (SBC-4 §5.6): which blocks have a place on the medium.</summary>
internal static class LbaStatus
{
    private const int HeadSize = 8;
    private const int ExtentSize = 16;
    private const int MaxExtents = 64;

    internal static Step Run(ScsiTask task)
    {
        LogicalUnit unit = task.Unit;
        ulong lba = task.U64(2);
        uint room = task.U32(10);
        if (lba >= unit.BlockCount)
            return task.Fail(SenseCode.OutOfRange);
        Span<byte> data = stackalloc byte[HeadSize + (MaxExtents * ExtentSize)];
        data.Clear();
        int most = (int)Math.Clamp((room - Math.Min(room, HeadSize)) / ExtentSize, 1u, MaxExtents);
        int count = 0;
        ulong blockSize = 1ul << unit.BlockShift;
        for (; count < most && lba < unit.BlockCount; count++)
        {
            ulong end = unit.Store.Extent(lba << unit.BlockShift, out bool isHole);
            // A block of which a part has a place has one.
            ulong next = isHole ? end >> unit.BlockShift : (end + blockSize - 1) >> unit.BlockShift;
            if (next <= lba)
            {
                next = lba + 1;
                isHole = false;
            }

            uint blocks = (uint)Math.Min(Math.Min(next, unit.BlockCount) - lba, uint.MaxValue);
            Span<byte> extent = data.Slice(HeadSize + (count * ExtentSize), ExtentSize);
            BinaryPrimitives.WriteUInt64BigEndian(extent, lba);
            BinaryPrimitives.WriteUInt32BigEndian(extent[8..], blocks);
            extent[12] = isHole && unit.Options.Thin ? (byte)1 : (byte)0;
            lba += blocks;
        }

        int length = HeadSize + (count * ExtentSize);
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)(length - 4));
        return task.Reply(data[..length], room);
    }
}
