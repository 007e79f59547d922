// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Copy;

/// <summary>RECEIVE COPY STATUS(LID1) and RECEIVE COPY OPERATING PARAMETERS (SPC-4 §6.23, §6.26).</summary>
internal static class ReceiveCopyResults
{
    private const int StatusSize = 12;
    private const int ParametersHeadSize = 44;

    // SNLID: a copy need not have a name.
    private const byte NoNameNeeded = 0x01;

    internal static Step Status(ScsiTask task)
    {
        if (task.Unit.Copies.Find(task.Nexus, task.Byte(2)) is not { } record)
            return task.FailField(2);
        Span<byte> data = stackalloc byte[StatusSize];
        data.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(data, StatusSize - 4);
        data[4] = record.Status;
        BinaryPrimitives.WriteUInt16BigEndian(data[5..], (ushort)record.Segments);
        // In bytes.
        BinaryPrimitives.WriteUInt32BigEndian(data[8..], (uint)record.Bytes);
        // It is told once.
        if (!record.IsInProgress)
            task.Unit.Copies.Remove(record);
        return task.Reply(data, task.U32(10));
    }

    internal static Step Parameters(ScsiTask task)
    {
        ReadOnlySpan<byte> kinds = CopyLimits.Kinds;
        Span<byte> data = stackalloc byte[ParametersHeadSize + kinds.Length];
        data.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)(data.Length - 4));
        data[4] = NoNameNeeded;
        BinaryPrimitives.WriteUInt16BigEndian(data[8..], CopyLimits.MaxUnits);
        BinaryPrimitives.WriteUInt16BigEndian(data[10..], CopyLimits.MaxSegments);
        BinaryPrimitives.WriteUInt32BigEndian(data[12..], CopyLimits.MaxListLength);
        BinaryPrimitives.WriteUInt32BigEndian(data[16..], CopyLimits.MaxSegmentLength);
        BinaryPrimitives.WriteUInt16BigEndian(data[34..], CopyLimits.MaxCopies);
        data[36] = CopyLimits.MaxCopies;
        data[43] = (byte)kinds.Length;
        kinds.CopyTo(data[ParametersHeadSize..]);
        return task.Reply(data, task.U32(10));
    }
}
