// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>What a unit is called in the world: the entries of the device identification page (SPC-5 §7.7.6).</summary>
internal static class Designators
{
    private const int HeadSize = 4;
    private const int NaaSize = 8;

    // The field of the vendor, which is filled.
    private const int VendorSize = 8;

    // Code sets and types.
    private const int Binary = 1;
    private const int Ascii = 2;
    private const int T10 = 1;
    private const int Naa = 3;

    /// <summary>The most bytes that <see cref="Write"/> makes.</summary>
    internal const int MaxSize = HeadSize + NaaSize + HeadSize + VendorSize + 64;

    /// <summary>Writes all of them: the NAA, then vendor and serial number.</summary>
    /// <returns>Bytes written.</returns>
    internal static int Write(Span<byte> target, LogicalUnitOptions options)
    {
        target[0] = Binary;
        target[1] = Naa;
        target[3] = NaaSize;
        BinaryPrimitives.WriteUInt64BigEndian(target[HeadSize..], options.Wwn);
        Span<byte> second = target[(HeadSize + NaaSize)..];
        second[0] = Ascii;
        second[1] = T10;
        _ = Encoding.ASCII.GetBytes(LogicalUnitOptions.DefaultVendor, second.Slice(HeadSize, VendorSize));
        int serial = Encoding.ASCII.GetBytes(options.Serial, second[(HeadSize + VendorSize)..]);
        second[3] = (byte)(VendorSize + serial);
        return HeadSize + NaaSize + HeadSize + second[3];
    }

    /// <summary>Whether a designator is one of the unit's.</summary>
    internal static bool IsOf(LogicalUnitOptions options, int codeSet, int type, ReadOnlySpan<byte> designator)
    {
        Span<byte> all = stackalloc byte[MaxSize];
        all.Clear();
        int length = Write(all, options);
        for (int at = 0; at < length; at += HeadSize + all[at + 3])
        {
            if (all[at] == codeSet && all[at + 1] == type && all.Slice(at + HeadSize, all[at + 3]).SequenceEqual(designator))
                return true;
        }

        return false;
    }
}
