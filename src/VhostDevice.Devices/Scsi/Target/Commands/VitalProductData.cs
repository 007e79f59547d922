// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>The VPD pages of INQUIRY (SPC-5 §7.7, SBC-4 §6.6).</summary>
internal static class VitalProductData
{
    private const int HeadSize = 4;
    private const int MaxSize = 256;
    private const int BlockPageLength = 0x3C;

    private static readonly byte[] s_pages = [0x00, 0x80, 0x83, 0x86, 0x8F, 0xB0, 0xB1, 0xB2];

    internal static Step Run(ScsiTask task, byte device)
    {
        byte page = task.Byte(2);
        if (!s_pages.Contains(page) || (device != 0 && page != 0))
            return task.FailField(2);
        Span<byte> data = stackalloc byte[MaxSize];
        data.Clear();
        data[0] = device;
        data[1] = page;
        LogicalUnit unit = task.Unit;
        Span<byte> body = data[HeadSize..];
        int length = page switch
        {
            0x00 => Pages(body, device == 0),
            0x80 => Encoding.ASCII.GetBytes(unit.Options.Serial, body),
            0x83 => Designators.Write(body, unit.Options),
            0x86 => ExtendedInquiry(body),
            0x8F => Copy.ThirdPartyCopyPage.Write(body),
            0xB0 => BlockLimits(body, unit),
            0xB1 => Characteristics(body, unit.Options),
            _ => Provisioning(body, unit),
        };
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)length);
        return task.Reply(data[..(HeadSize + length)], task.U16(3));
    }

    private static int Pages(Span<byte> body, bool all)
    {
        int count = all ? s_pages.Length : 1;
        s_pages.AsSpan(0, count).CopyTo(body);
        return count;
    }

    private static int ExtendedInquiry(Span<byte> body)
    {
        // SIMPSUP, ORDSUP and HEADSUP; V_SUP, for the cache.
        body[1] = 0x07;
        body[2] = 0x01;
        return BlockPageLength;
    }

    private static int BlockLimits(Span<byte> body, LogicalUnit unit)
    {
        // WSNZ: WRITE SAME of no blocks is refused.
        body[0] = 0x01;
        body[1] = CompareAndWrite.MaxBlocks(unit);
        // No optimal transfer length or granularity of transfers is told: file systems lay themselves out for stripes by
        // them, which there are none of.
        if (unit.Options.Thin)
        {
            uint unitBlocks = Math.Max(1, unit.Store.DiscardUnit >> unit.BlockShift);
            BinaryPrimitives.WriteUInt32BigEndian(body[16..], Unmap.MaxBlocks);
            BinaryPrimitives.WriteUInt32BigEndian(body[20..], Unmap.MaxRanges);
            BinaryPrimitives.WriteUInt32BigEndian(body[24..], unitBlocks);
            // UGAVALID, and no offset.
            body[28] = 0x80;
        }

        BinaryPrimitives.WriteUInt64BigEndian(body[32..], WriteSame.MaxBlocks);
        return BlockPageLength;
    }

    private static int Characteristics(Span<byte> body, LogicalUnitOptions options)
    {
        BinaryPrimitives.WriteUInt16BigEndian(body, options.Rotation);
        // WABEREQ: after BLOCK ERASE, which thin units have, blocks can be read.
        body[3] = options.Thin ? (byte)0x40 : (byte)0;
        return BlockPageLength;
    }

    private static int Provisioning(Span<byte> body, LogicalUnit unit)
    {
        if (unit.Options.Thin)
        {
            // LBPU, and with zeroes LBPWS, LBPWS10 and LBPRZ; thin.
            body[1] = unit.Store.DiscardsToZero ? (byte)0xE4 : (byte)0x80;
            body[2] = 0x02;
        }

        return 4;
    }
}
