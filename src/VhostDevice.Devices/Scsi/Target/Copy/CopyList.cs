// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Copy;

/// <summary>The parameter list of EXTENDED COPY(LID1) (SPC-4 §6.4), a copy of what the initiator sent.</summary>
internal readonly ref struct CopyList
{
    private const byte ReservedUsage = 1;
    private const byte NoIdUsage = 3;

    private readonly ReadOnlySpan<byte> _units;
    private readonly ReadOnlySpan<byte> _segments;

    private CopyList(ReadOnlySpan<byte> list, int unitBytes, int segmentBytes)
    {
        Id = list[0];
        IsIdentified = ((list[1] >> 3) & 3) != NoIdUsage;
        _units = list.Slice(CopyLimits.HeadSize, unitBytes);
        _segments = list.Slice(CopyLimits.HeadSize + unitBytes, segmentBytes);
    }

    /// <summary>LIST IDENTIFIER, the initiator's name for the copy.</summary>
    internal byte Id { get; }

    /// <summary>The copy has a name, under which its status can be asked for.</summary>
    internal bool IsIdentified { get; }

    internal int UnitCount => _units.Length / CopyLimits.UnitSize;

    /// <summary>Looks at everything that can be judged before anything is copied.</summary>
    /// <param name="problem">How the command ends when the result is false.</param>
    internal static bool TryRead(ReadOnlySpan<byte> list, out CopyList copy, out SenseCode problem)
    {
        copy = default;
        problem = SenseCode.ListLength;
        if (list.Length < CopyLimits.HeadSize)
            return false;
        int units = BinaryPrimitives.ReadUInt16BigEndian(list[2..]);
        ulong segments = BinaryPrimitives.ReadUInt32BigEndian(list[8..]);
        if ((ulong)units + segments > CopyLimits.MaxListLength
            || CopyLimits.HeadSize + units + (int)segments > list.Length
            || units % CopyLimits.UnitSize != 0)
            return false;
        int usage = (list[1] >> 3) & 3;
        if (usage == ReservedUsage || (usage == NoIdUsage && list[0] != 0))
            problem = SenseCode.InvalidListField;
        else if (BinaryPrimitives.ReadUInt32BigEndian(list[12..]) != 0)
            problem = SenseCode.TooMuchInlineData;
        else
            problem = SenseCode.None;
        if (problem != SenseCode.None)
            return false;
        copy = new CopyList(list, units, (int)segments);
        problem = copy.Check();
        return problem == SenseCode.None;
    }

    /// <summary>Descriptors of the segments, one after the other.</summary>
    internal ReadOnlySpan<byte> TakeSegment(ref int at)
    {
        ReadOnlySpan<byte> segment = _segments.Slice(at, SizeOf(_segments[at]));
        at += segment.Length;
        return segment;
    }

    internal bool HasSegment(int at) => at < _segments.Length;

    internal ReadOnlySpan<byte> Unit(int index) => _units.Slice(index * CopyLimits.UnitSize, CopyLimits.UnitSize);

    private static int SizeOf(byte kind) => kind switch
    {
        CopyLimits.Blocks => CopyLimits.BlocksSize,
        CopyLimits.Bytes => CopyLimits.BytesSize,
        _ => 0,
    };

    private SenseCode Check()
    {
        if (UnitCount > CopyLimits.MaxUnits)
            return SenseCode.TooManyCopyTargets;
        for (int i = 0; i < UnitCount; i++)
        {
            if (Unit(i)[0] != CopyLimits.Identification)
                return SenseCode.UnknownCopyTarget;
        }

        int count = 0;
        for (int at = 0; at < _segments.Length; count++)
        {
            int size = SizeOf(_segments[at]);
            if (size == 0)
                return SenseCode.UnknownSegment;
            if (at + size > _segments.Length)
                return SenseCode.ListLength;
            if (BinaryPrimitives.ReadUInt16BigEndian(_segments[(at + 2)..]) != size - 4)
                return SenseCode.InvalidListField;
            at += size;
        }

        return count > CopyLimits.MaxSegments ? SenseCode.TooManySegments : SenseCode.None;
    }
}
