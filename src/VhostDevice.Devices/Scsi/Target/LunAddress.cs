// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>Logical unit numbers of one level (SAM-6 §4.8).</summary>
public static class LunAddress
{
    /// <summary>Bytes of a LUN.</summary>
    public const int Size = 8;

    /// <summary>The largest number in the flat form.</summary>
    public const ushort Max = 0x3FFF;

    /// <summary>Stands for the well-known unit that only lists the others.</summary>
    public const ushort ReportLuns = 0xFFFF;

    private const byte MaxPeripheral = 0xFF;

    /// <summary>Takes the first level apart: the peripheral or flat form.</summary>
    public static bool TryParse(byte first, byte second, out ushort lun)
    {
        lun = second;
        switch (first >> 6)
        {
            case 0:
                return first == 0;
            case 1:
                lun = (ushort)(((first & 0x3F) << 8) | second);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes a LUN as REPORT LUNS lists it.</summary>
    public static void Write(Span<byte> target, ushort lun)
    {
        target[..Size].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(target, lun <= MaxPeripheral ? lun : (ushort)(0x4000 | lun));
    }
}
