// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>What somebody wants to be of a port.</summary>
internal enum AttachRole
{
    /// <summary>The one in front of the screen, if there is none.</summary>
    Writer,

    /// <summary>The same, whoever it is now.</summary>
    Thief,

    /// <summary>Somebody who only reads.</summary>
    Reader,

    /// <summary>A script, which reads and sends but has no screen.</summary>
    Script,
}

/// <summary>The first line of a client that stays: <c>attach PORT ROLE COLSxROWS LINES</c>.</summary>
/// <param name="size">Of its window; 0: it has none.</param>
/// <param name="lines">Of what was written before: so many at most; less than 0: all that is kept.</param>
internal sealed class AttachRequest(string port, AttachRole role, WindowSize size, int lines)
{
    internal string Port => port;

    internal AttachRole Role => role;

    internal WindowSize Size => size;

    internal int Lines => lines;

    internal const string Form = "PORT writer|thief|reader|script COLUMNSxROWS LINES";

    internal static AttachRequest? Parse(string[] words)
    {
        if (words is not ["attach", string port, string role, string size, string lines])
            return null;
        AttachRole? wanted = role switch
        {
            "writer" => AttachRole.Writer,
            "thief" => AttachRole.Thief,
            "reader" => AttachRole.Reader,
            "script" => AttachRole.Script,
            _ => null,
        };
        _ = ConsoleRequests.TrySize(size, out WindowSize window);
        return wanted is { } r && int.TryParse(lines, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count)
            ? new AttachRequest(port, r, window, count)
            : null;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"attach {Port} {Role switch { AttachRole.Writer => "writer", AttachRole.Thief => "thief", AttachRole.Reader => "reader", _ => "script" }} "
            + $"{Size.Columns}x{Size.Rows} {Lines}");
}
