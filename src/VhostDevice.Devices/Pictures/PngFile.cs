// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Pictures;

/// <summary>
/// A picture as a PNG file (ISO/IEC 15948) of three bytes a pixel. Its data is stored as it is, in blocks of deflate without
/// compression: displays are small, and a compressor would be a library more in the program.
/// </summary>
internal static class PngFile
{
    internal const int PixelBytes = 3;

    private const int MostStored = ushort.MaxValue;
    private const int StoredHead = 5;
    private const uint ModuloAdler = 65521;

    private static readonly uint[] s_crc = MakeTable();

    /// <param name="pixels">Red, green and blue of each, row by row from the top.</param>
    internal static byte[] Encode(int width, int height, ReadOnlySpan<byte> pixels)
    {
        int row = 1 + width * PixelBytes;
        byte[] rows = new byte[row * height]; // each begins with its filter: none
        for (int y = 0; y < height; y++)
            pixels.Slice(y * (row - 1), row - 1).CopyTo(rows.AsSpan(y * row + 1));

        using MemoryStream file = new();
        file.Write([0x89, .. "PNG\r\n"u8, 0x1a, (byte)'\n']);
        byte[] head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9]) = (8, 2); // bits of a sample; colours
        Chunk(file, "IHDR"u8, head);
        Chunk(file, "IDAT"u8, Stored(rows));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    // zlib's format (RFC 1950) around blocks that are not compressed (RFC 1951 §3.2.4).
    private static byte[] Stored(ReadOnlySpan<byte> data)
    {
        using MemoryStream stream = new();
        stream.Write([0x78, 0x01]);
        Span<byte> head = stackalloc byte[StoredHead];
        for (int at = 0; at < data.Length; at += MostStored)
        {
            int n = Math.Min(MostStored, data.Length - at);
            head[0] = (byte)(at + n == data.Length ? 1 : 0);
            BinaryPrimitives.WriteUInt16LittleEndian(head[1..], (ushort)n);
            BinaryPrimitives.WriteUInt16LittleEndian(head[3..], (ushort)~n);
            stream.Write(head);
            stream.Write(data.Slice(at, n));
        }

        WriteWord(stream, Adler(data));
        return stream.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        WriteWord(file, (uint)data.Length);
        file.Write(type);
        file.Write(data);
        WriteWord(file, ~Crc(Crc(uint.MaxValue, type), data));
    }

    private static void WriteWord(MemoryStream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        stream.Write(bytes);
    }

    private static uint Adler(ReadOnlySpan<byte> data)
    {
        (uint a, uint b) = (1, 0);
        foreach (byte value in data)
        {
            a = (a + value) % ModuloAdler;
            b = (b + a) % ModuloAdler;
        }

        return b << 16 | a;
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
            crc = s_crc[(byte)(crc ^ value)] ^ crc >> 8;
        return crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
            table[i] = crc;
        }

        return table;
    }
}
