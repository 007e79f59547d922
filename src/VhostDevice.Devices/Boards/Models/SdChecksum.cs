// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Models;

/// <summary>The checksums of memory cards (SD physical layer §4.5).</summary>
internal static class SdChecksum
{
    private const byte CommandPolynomial = 0x09; // x^7 + x^3 + 1
    private const ushort DataPolynomial = 0x1021; // x^16 + x^12 + x^5 + 1

    private static readonly ushort[] s_data = MakeTable();

    /// <summary>Of a command or a register, as it stands behind it: 7 bits and a one.</summary>
    internal static byte OfCommand(ReadOnlySpan<byte> bytes)
    {
        int crc = 0;
        foreach (byte value in bytes)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                bool odd = ((crc >> 6 ^ value >> bit) & 1) != 0;
                crc = (crc << 1 ^ (odd ? CommandPolynomial : 0)) & 0x7f;
            }
        }

        return (byte)(crc << 1 | 1);
    }

    /// <summary>Of a block of data.</summary>
    internal static ushort OfData(ReadOnlySpan<byte> bytes)
    {
        ushort crc = 0;
        foreach (byte value in bytes)
            crc = (ushort)(crc << 8 ^ s_data[(crc >> 8 ^ value) & 0xff]);
        return crc;
    }

    private static ushort[] MakeTable()
    {
        ushort[] table = new ushort[256];
        for (int i = 0; i < table.Length; i++)
        {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ DataPolynomial : crc << 1;
            table[i] = (ushort)crc;
        }

        return table;
    }
}
