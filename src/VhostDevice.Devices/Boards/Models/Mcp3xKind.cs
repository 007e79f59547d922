// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Models;

/// <summary>The converters of the MCP3000 series that have several inputs and are asked in the same way.</summary>
/// <param name="Name">Such as <c>mcp3008</c>; the name that its Linux driver knows, too.</param>
/// <param name="Inputs">4 or 8.</param>
/// <param name="Bits">Of a result.</param>
public sealed record Mcp3xKind(string Name, int Inputs, int Bits)
{
    public static Mcp3xKind Mcp3004 { get; } = new("mcp3004", 4, 10);

    public static Mcp3xKind Mcp3008 { get; } = new("mcp3008", 8, 10);

    public static Mcp3xKind Mcp3204 { get; } = new("mcp3204", 4, 12);

    public static Mcp3xKind Mcp3208 { get; } = new("mcp3208", 8, 12);
}
