// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>Sense data in both formats (SPC-5 §4.4.2 and §4.4.3).</summary>
public static class SenseData
{
    /// <summary>Length of the fixed format.</summary>
    public const int FixedSize = 18;

    /// <summary>The longest that <see cref="Write"/> makes.</summary>
    public const int MaxSize = 40;

    private const int HeadSize = 8;
    private const byte FixedFormat = 0x70;
    private const byte DescriptorFormat = 0x72;
    private const byte Valid = 0x80;
    private const byte InCdb = 0xC0;

    /// <param name="target">At least <see cref="MaxSize"/> bytes.</param>
    /// <param name="information">What belongs to the code, such as the place of a difference; null: nothing does.</param>
    /// <param name="field">The CDB's byte that is wrong, with its highest wrong bit; null: none is.</param>
    /// <param name="command">What belongs to the command, such as the number of a segment; null: nothing does.</param>
    /// <param name="progress">How much of what goes on is done, of 65536; null: nothing goes on. Not with a field.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(
        Span<byte> target, bool descriptors, SenseCode code, ulong? information = null,
        (int Byte, int Bit)? field = null,
        uint? command = null, ushort? progress = null)
    {
        target = target[..MaxSize];
        target.Clear();
        return descriptors
            ? WriteDescriptors(target, code, information, field, command, progress)
            : WriteFixed(target, code, information, field, command, progress);
    }

    private static int WriteFixed(Span<byte> target, SenseCode code, ulong? information, (int Byte, int Bit)? field, uint? command, ushort? progress)
    {
        target[0] = FixedFormat;
        target[2] = code.Key;
        // A number that does not fit is left out.
        if (information is <= uint.MaxValue)
        {
            target[0] |= Valid;
            BinaryPrimitives.WriteUInt32BigEndian(target[3..], (uint)information);
        }

        target[7] = FixedSize - HeadSize;
        if (command is { } number)
            BinaryPrimitives.WriteUInt32BigEndian(target[8..], number);
        BinaryPrimitives.WriteUInt16BigEndian(target[12..], code.Code);
        if (field is { } at)
            WriteField(target[15..], at);
        else if (progress is { } done)
            WriteProgress(target[15..], done);
        return FixedSize;
    }

    private static int WriteDescriptors(
        Span<byte> target,
        SenseCode code,
        ulong? information,
        (int Byte, int Bit)? field,
        uint? command,
        ushort? progress)
    {
        target[0] = DescriptorFormat;
        target[1] = code.Key;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], code.Code);
        int length = HeadSize;
        if (information is { } number)
        {
            target[length + 1] = 0x0A;
            target[length + 2] = Valid;
            BinaryPrimitives.WriteUInt64BigEndian(target[(length + 4)..], number);
            length += 12;
        }

        if (command is { } specific)
        {
            target[length] = 0x01;
            target[length + 1] = 0x0A;
            BinaryPrimitives.WriteUInt64BigEndian(target[(length + 4)..], specific);
            length += 12;
        }

        if (field is not null || progress is not null)
        {
            target[length] = 0x02;
            target[length + 1] = 0x06;
            if (field is { } at)
                WriteField(target[(length + 4)..], at);
            else
                WriteProgress(target[(length + 4)..], progress!.Value);
            length += 8;
        }

        target[7] = (byte)(length - HeadSize);
        return length;
    }

    private static void WriteField(Span<byte> target, (int Byte, int Bit) at)
    {
        // SKSV, C/D, BPV and the bit, then the byte.
        target[0] = (byte)(InCdb | 0x08 | at.Bit);
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], (ushort)at.Byte);
    }
    private static void WriteProgress(Span<byte> target, ushort progress)
    {
        // SKSV.
        target[0] = Valid;
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], progress);
    }
}
