// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Copy;

/// <summary>A stretch of bytes that goes from one unit to another, or to another place of the same one.</summary>
internal readonly record struct CopySegment(LogicalUnit Source, ulong SourceOffset, LogicalUnit Destination, ulong DestinationOffset, ulong Length)
{
    // DC: the number of blocks is the destination's.
    private const byte CountsDestination = 0x02;

    /// <summary>Finds the units that a segment's descriptor names, and its place in them.</summary>
    /// <param name="problem">Why the copy ends here when the result is false.</param>
    internal static bool TryRead(CopyList list, ReadOnlySpan<byte> bytes, ScsiTarget target, out CopySegment segment, out SenseCode problem)
    {
        segment = default;
        if (!TryFind(list, BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]), target, out LogicalUnit? source, out problem)
            || !TryFind(list, BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]), target, out LogicalUnit? destination, out problem))
            return false;
        bool isBytes = bytes[0] == CopyLimits.Bytes;
        ulong length = isBytes
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes[8..])
            : (ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes[10..])
                << ((bytes[1] & CountsDestination) != 0 ? destination!.BlockShift : source!.BlockShift);
        ulong sourceSkip = isBytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes[28..]) : 0u;
        ulong destinationSkip = isBytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes[30..]) : 0u;
        problem = length > CopyLimits.MaxSegmentLength ? SenseCode.CopyAborted
            // Blocks that one side has only in part would need a rest to be held or filled up.
            : !isBytes && (length & ((1ul << Math.Max(source!.BlockShift, destination!.BlockShift)) - 1)) != 0 ? SenseCode.InexactSegment
            : SenseCode.None;
        if (problem != SenseCode.None)
            return false;
        if (TryPlace(source!, BinaryPrimitives.ReadUInt64BigEndian(bytes[12..]), sourceSkip, length, out ulong from)
            && TryPlace(destination!, BinaryPrimitives.ReadUInt64BigEndian(bytes[20..]), destinationSkip, length, out ulong to))
        {
            segment = new CopySegment(source!, from, destination!, to, length);
            return true;
        }

        problem = SenseCode.CopyAborted;
        return false;
    }

    private static bool TryPlace(LogicalUnit unit, ulong lba, ulong skip, ulong length, out ulong offset)
    {
        offset = 0;
        if (lba > unit.BlockCount)
            return false;
        offset = (lba << unit.BlockShift) + skip;
        ulong size = unit.BlockCount << unit.BlockShift;
        return offset <= size && length <= size - offset;
    }

    // The descriptor is an entry of the unit's device identification page (SPC-4 §6.4.5.3).
    private static bool TryFind(CopyList list, int index, ScsiTarget target, out LogicalUnit? unit, out SenseCode problem)
    {
        unit = null;
        problem = SenseCode.UnreachableCopyTarget;
        if (index >= list.UnitCount)
            return false;
        ReadOnlySpan<byte> descriptor = list.Unit(index);
        problem = SenseCode.CopyTargetNotReachable;
        if (descriptor[7] > 20 || (descriptor[5] & 0x30) != 0)
            return false;
        ReadOnlySpan<byte> designator = descriptor.Slice(8, descriptor[7]);
        foreach (LogicalUnit each in target.Units)
        {
            if (!Designators.IsOf(each.Options, descriptor[4] & 0x0F, descriptor[5] & 0x0F, designator))
                continue;
            unit = each;
            uint blockSize = BinaryPrimitives.ReadUInt32BigEndian(descriptor[28..]) & 0xFFFFFF;
            if ((descriptor[1] & 0x1F) == 0 && (blockSize == 0 || blockSize == 1u << each.BlockShift))
                return true;
            problem = SenseCode.WrongCopyTarget;
            return false;
        }

        return false;
    }
}
