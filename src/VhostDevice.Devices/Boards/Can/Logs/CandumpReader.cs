// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>What <c>candump -L</c> and <c>candump -l</c> write: <c>(1436509052.249713) can0 044#2A366C2B</c>.</summary>
internal sealed class CandumpReader(Stream stream, string name) : CanLogReader
{
    private readonly BoundedLines _lines = new(stream, name);

    internal override bool TryRead(out CanLogEntry entry)
    {
        entry = default;
        while (_lines.Next() is { } line)
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            // A fourth word says whether it was sent or received.
            if (words.Length < 3 || words[0].Length < 3 || words[0][0] != '(' || words[0][^1] != ')'
                || !LogTime.TryRead(words[0].AsSpan(1, words[0].Length - 2), out long time))
                throw _lines.Wrong("no line of 'candump -L', such as (1436509052.249713) can0 044#2A36");
            if (IsError(words[2]))
                continue;
            if (!CanNotation.TryRead(words[2], out CanFrame frame))
                throw _lines.Wrong($"'{words[2]}' is no frame: {CanNotation.Example}");
            entry = new CanLogEntry(time, words[1], frame);
            return true;
        }

        return false;
    }

    public override void Dispose()
    {
        _lines.Dispose();
        base.Dispose();
    }

    // The kernel's reports of errors have the bit 0x20000000 in their identifier.
    private static bool IsError(string frame) => frame.Length > 8 && frame[8] == '#' && frame[0] is '2' or '3';
}
