// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>
/// The text files of Vector's tools (.asc): a head that says how numbers and times are written, and a line for each frame, as
/// <c>1.500000 1  123 Rx d 2 11 22</c>. Lines that are no frames are passed over, as all programs do.
/// </summary>
internal sealed class AscReader : CanLogReader
{
    private readonly BoundedLines _lines;
    private readonly bool _isDecimal;
    private readonly bool _isRelative;
    private long _time;

    internal AscReader(Stream stream, string name)
    {
        _lines = new BoundedLines(stream, name);
        for (string? line = _lines.Next(); line is not null; line = _lines.Next())
        {
            string[] words = Words(line);
            // "base hex  timestamps absolute"
            if (words is not ["base", "hex" or "dec", "timestamps", "absolute" or "relative", ..])
                continue;
            _isDecimal = words[1] == "dec";
            _isRelative = words[3] == "relative";
            return;
        }

        throw new CanLogException($"{name} is no recording: neither of 'candump -L', nor Vector ASC, nor pcap or pcapng");
    }

    internal override bool TryRead(out CanLogEntry entry)
    {
        entry = default;
        while (_lines.Next() is { } line)
        {
            string[] words = Words(line);
            if (words.Length < 5 || !LogTime.TryRead(words[0], out long time))
                continue;
            bool isFd = words[1] == "CANFD";
            bool isFrame = isFd ? IsDirection(words[3]) : IsNumber(words[1]) && IsDirection(words[3]);
            if (!isFrame)
                continue;
            _time = _isRelative ? Math.Min(_time, long.MaxValue - time) + time : time;
            if (!(isFd ? TryReadFd(words, out CanFrame frame) : TryReadClassic(words, out frame)))
                throw _lines.Wrong("this frame makes no sense");
            entry = new CanLogEntry(_time, isFd ? words[2] : words[1], frame);
            return true;
        }

        return false;
    }

    public override void Dispose()
    {
        _lines.Dispose();
        base.Dispose();
    }

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static bool IsDirection(string word) => word is "Rx" or "Tx";

    private static bool IsNumber(string word) => word.All(char.IsAsciiDigit);

    // TIME CHANNEL ID DIRECTION d LENGTH DATA..., or r [LENGTH].
    private bool TryReadClassic(string[] words, out CanFrame frame)
    {
        frame = default;
        bool isRemote = words[4] == "r";
        int length = 0;
        if (!isRemote && words[4] != "d")
            return false;
        if (words.Length > 5 ? !TryNumber(words[5], out length) && !isRemote : !isRemote)
            return false;
        // A DLC of more than 8 means 8 bytes.
        length = length is > CanFrame.MaxClassicLength and <= 15 ? CanFrame.MaxClassicLength : length;
        return TryIdentifier(words[2], out uint id, out bool isExtended)
            && TryMake(id, isExtended, isRemote, isFd: false, length, out frame)
            && (isRemote || TryReadData(words.AsSpan(6), ref frame));
    }

    // TIME CANFD CHANNEL DIRECTION ID [NAME] SWITCH STATE DLC LENGTH DATA... and more that is of no interest.
    private bool TryReadFd(string[] words, out CanFrame frame)
    {
        frame = default;
        if (words.Length < 9)
            return false;
        int at = words[5] is "0" or "1" ? 5 : 6;
        return words.Length >= at + 4
            && TryIdentifier(words[4], out uint id, out bool isExtended)
            && int.TryParse(words[at + 3], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && TryMake(id, isExtended, isRemote: false, isFd: true, length, out frame)
            && TryReadData(words.AsSpan(at + 4), ref frame);
    }

    private bool TryReadData(ReadOnlySpan<string> words, ref CanFrame frame)
    {
        if (words.Length < frame.Length)
            return false;
        Span<byte> data = frame.Data;
        for (int i = 0; i < data.Length; i++)
        {
            if (!TryNumber(words[i], out int value) || value > byte.MaxValue)
                return false;
            data[i] = (byte)value;
        }

        return true;
    }

    private bool TryIdentifier(string word, out uint id, out bool isExtended)
    {
        isExtended = word.EndsWith('x');
        return uint.TryParse(isExtended ? word[..^1] : word, Style, CultureInfo.InvariantCulture, out id);
    }

    private bool TryNumber(string word, out int value) => int.TryParse(word, Style, CultureInfo.InvariantCulture, out value) && value >= 0;

    private NumberStyles Style => _isDecimal ? NumberStyles.None : NumberStyles.AllowHexSpecifier;
}
