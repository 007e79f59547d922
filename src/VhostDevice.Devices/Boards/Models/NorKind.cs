// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>The sizes that flash chips of the W25Q series come in.</summary>
/// <param name="Name">Such as <c>w25q32</c>.</param>
/// <param name="SizeCode">The third byte of the JEDEC id: the size is two to the power of it.</param>
public sealed record NorKind(string Name, byte SizeCode)
{
    internal const int SectorSize = 4 << 10;
    internal const int HalfBlockSize = 32 << 10;
    internal const int BlockSize = 64 << 10;
    internal const int PageSize = 256;

    /// <summary>How long the description is that <see cref="Describe"/> gives.</summary>
    internal const int DescriptionSize = 256;

    private const int ThreeBytesReach = 1 << 24;
    private const int TableAt = 0x80;
    private const int TableWords = 9;

    public static IReadOnlyList<NorKind> All { get; } =
        [new("w25q16", 0x15), new("w25q32", 0x16), new("w25q64", 0x17), new("w25q128", 0x18), new("w25q256", 0x19)];

    /// <summary>In bytes.</summary>
    public int Size => 1 << SizeCode;

    /// <summary>Whether three bytes of an address do not reach all of it.</summary>
    public bool HasLongAddresses => Size > ThreeBytesReach;

    /// <summary>Typical times of the data sheet.</summary>
    internal static TimeSpan ProgramTime { get; } = TimeSpan.FromMicroseconds(700);

    internal static TimeSpan StatusTime { get; } = TimeSpan.FromMilliseconds(10);

    internal TimeSpan EraseTime(int bytes) => bytes switch
    {
        SectorSize => TimeSpan.FromMilliseconds(45),
        HalfBlockSize => TimeSpan.FromMilliseconds(120),
        BlockSize => TimeSpan.FromMilliseconds(150),
        _ => TimeSpan.FromSeconds(5.0 * Size / (2 << 20)),
    };

    /// <summary>
    /// What it says of itself (SFDP, JESD216 1.0): its size, its sizes of erasing with their opcodes, addresses of how many
    /// bytes. Single lines only, as the simulated bus has them.
    /// </summary>
    internal byte[] Describe()
    {
        byte[] bytes = new byte[DescriptionSize];
        bytes.AsSpan().Fill(0xff);
        "SFDP"u8.CopyTo(bytes);
        // Revision 1.0, one header of a parameter table; that table is the basic one (00), of revision 1.0.
        ReadOnlySpan<byte> headers = [0x00, 0x01, 0x00, 0xff, 0x00, 0x00, 0x01, TableWords, TableAt, 0x00, 0x00, 0xff];
        headers.CopyTo(bytes.AsSpan(4));
        ReadOnlySpan<uint> table =
        [
            // Sectors of 4 KiB by opcode 0x20, a buffer of 64 bytes and more; addresses of 3 bytes, or of 3 and 4.
            0xff8020e5 | (HasLongAddresses ? 1u << 17 : 0),
            (uint)((Size * 8L) - 1),
            0, 0, // fast reads on several lines: none
            0xffffffee, // nor commands
            0xffff0000, 0xffff0000,
            0x0c | 0x20 << 8 | 0x0f << 16 | 0x52u << 24,
            0x10 | 0xd8 << 8,
        ];
        for (int i = 0; i < table.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(TableAt + 4 * i), table[i]);
        return bytes;
    }
}
