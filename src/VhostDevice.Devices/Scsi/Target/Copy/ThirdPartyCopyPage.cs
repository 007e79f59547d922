// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Copy;

/// <summary>The VPD page of what can be copied, and how (SPC-4 §7.8.17).</summary>
internal static class ThirdPartyCopyPage
{
    // Descriptors of the page.
    private const ushort SupportedCommands = 0x0001;
    private const ushort ParameterData = 0x0004;
    private const ushort SupportedDescriptors = 0x0008;
    private const ushort SupportedUnitIds = 0x000C;
    private const ushort GeneralOperations = 0x8001;

    /// <returns>Bytes written behind the page's head.</returns>
    internal static int Write(Span<byte> body)
    {
        int length = 0;
        // Operation code, number of service actions, service actions.
        ReadOnlySpan<byte> commands = [0x83, 1, 0x00, 0x84, 2, 0x00, 0x03];
        Span<byte> part = Add(body, ref length, SupportedCommands, 8);
        part[0] = (byte)commands.Length;
        commands.CopyTo(part[1..]);
        part = Add(body, ref length, ParameterData, 28);
        BinaryPrimitives.WriteUInt16BigEndian(part[4..], CopyLimits.MaxUnits);
        BinaryPrimitives.WriteUInt16BigEndian(part[6..], CopyLimits.MaxSegments);
        BinaryPrimitives.WriteUInt32BigEndian(part[8..], CopyLimits.MaxListLength);
        part = Add(body, ref length, SupportedDescriptors, 4);
        part[0] = (byte)CopyLimits.Kinds.Length;
        CopyLimits.Kinds.CopyTo(part[1..]);
        // None but those of the list.
        _ = Add(body, ref length, SupportedUnitIds, 4);
        part = Add(body, ref length, GeneralOperations, 32);
        BinaryPrimitives.WriteUInt32BigEndian(part, CopyLimits.MaxCopies);
        BinaryPrimitives.WriteUInt32BigEndian(part[4..], CopyLimits.MaxCopies);
        BinaryPrimitives.WriteUInt32BigEndian(part[8..], CopyLimits.MaxSegmentLength);
        return length;
    }

    private static Span<byte> Add(Span<byte> body, ref int length, ushort type, ushort size)
    {
        Span<byte> head = body[length..];
        BinaryPrimitives.WriteUInt16BigEndian(head, type);
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], size);
        length += 4 + size;
        return head.Slice(4, size);
    }
}
