// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Models;

/// <summary>The sizes that EEPROMs of the 24C series come in.</summary>
/// <param name="Name">Such as <c>24c02</c>; the name of its Linux driver's table, too.</param>
/// <param name="Size">In bytes, a power of two.</param>
/// <param name="PageSize">Bytes that one write can change.</param>
/// <param name="AddressBytes">Bytes of a location that follow the chip's address.</param>
/// <param name="Blocks">Addresses that it answers: small chips take the location's upper bits from there.</param>
public sealed record EepromKind(string Name, int Size, int PageSize, int AddressBytes, int Blocks)
{
    public static IReadOnlyList<EepromKind> All { get; } =
    [
        new("24c01", 128, 8, 1, 1),
        new("24c02", 256, 8, 1, 1),
        new("24c04", 512, 16, 1, 2),
        new("24c08", 1024, 16, 1, 4),
        new("24c16", 2048, 16, 1, 8),
        new("24c32", 4096, 32, 2, 1),
        new("24c64", 8192, 32, 2, 1),
        new("24c128", 16384, 64, 2, 1),
        new("24c256", 32768, 64, 2, 1),
        new("24c512", 65536, 128, 2, 1),
    ];
}
