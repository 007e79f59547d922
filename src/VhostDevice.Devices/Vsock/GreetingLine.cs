// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Text;
using System.Text;

namespace VhostDevice.Devices.Vsock;

/// <summary>The first lines of the hybrid scheme: a host program writes "CONNECT" and a port, and reads "OK" and a port.</summary>
internal static class GreetingLine
{
    /// <summary>Most bytes of the program's line; "CONNECT 4294967295" has 18.</summary>
    internal const int MaxLength = 64;

    /// <summary>Most bytes of the answer, newline included.</summary>
    internal const int MaxAnswer = 16;

    /// <summary>Reads a line without its newline: the keyword in any case, blanks between the words, further words for
    /// whoever understands them.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> line, out uint port)
    {
        port = 0;
        line = line.Trim(" \t\r"u8);
        if (line.Length < 8 || !Ascii.EqualsIgnoreCase(line[..7], "CONNECT"u8) || line[7] is not ((byte)' ' or (byte)'\t'))
            return false;
        line = line[8..].TrimStart(" \t"u8);
        if (line.Length > 0 && line[0] == '+')
            line = line[1..];
        return line.Length > 0 && char.IsAsciiDigit((char)line[0])
            && Utf8Parser.TryParse(line, out port, out int used)
            && (used == line.Length || line[used] is (byte)' ' or (byte)'\t');
    }

    /// <summary>Writes the answer.</summary>
    /// <param name="target"><see cref="MaxAnswer"/> bytes.</param>
    /// <returns>Its length.</returns>
    internal static int Answer(Span<byte> target, uint port)
    {
        "OK "u8.CopyTo(target);
        _ = Utf8Formatter.TryFormat(port, target[3..], out int digits);
        target[3 + digits] = (byte)'\n';
        return 4 + digits;
    }
}
