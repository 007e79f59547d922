// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Input.Recordings;

/// <summary>
/// The files of evemu-describe and evemu-record: a letter, a colon and numbers. N: name; I: ids; P: properties, B: codes of a
/// type, both as bytes of a bitmap; A: an axis; L: and S: what LEDs and switches were; E: an event.
/// </summary>
internal sealed class EvemuReader(InputRecording recording) : RecordingReader(recording)
{
    private readonly int[] _bytes = new int[InputTypes.Count];
    private int _propertyBytes;

    internal override string? Read(string line)
    {
        int comment = line.StartsWith("N:", StringComparison.Ordinal) ? -1 : line.IndexOf('#', StringComparison.Ordinal);
        string text = (comment < 0 ? line : line[..comment]).Trim();
        if (text.Length == 0)
            return null;
        if (text.Length < 2 || text[1] != ':')
            return "a line of evemu begins with a letter and a colon";
        string rest = text[2..].Trim();
        string[] words = rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return text[0] switch
        {
            'N' => SetName(rest),
            'I' => SetIds(Numbers(words, 0, isHex: true)),
            'P' => AddBitmap(-1, words, ref _propertyBytes),
            'B' => AddCodes(words),
            'A' => words.Length > 0 && TryNumber(words[0], out long axis, isHex: true)
                ? AddAxis(axis, Numbers(words, 1, isHex: false))
                : "an axis begins with its code",
            'E' => AddEvent(words),
            'L' or 'S' => null,
            _ => $"evemu has no lines that begin with '{text[0]}:'",
        };
    }

    private static long[] Numbers(string[] words, int from, bool isHex)
    {
        List<long> numbers = [];
        foreach (string word in words.AsSpan(Math.Min(from, words.Length)))
        {
            if (!TryNumber(word, out long number, isHex))
                return [];
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private string? AddCodes(string[] words)
    {
        if (words.Length == 0 || !TryNumber(words[0], out long type, isHex: true) || type is < 0 or >= InputTypes.Count)
            return "codes begin with their type, 00 to 1f";
        return AddBitmap((int)type, words[1..], ref _bytes[type]);
    }

    private string? AddBitmap(int type, string[] words, ref int at)
    {
        foreach (string word in words)
        {
            if (at == InputDescription.MaxBytes || !TryNumber(word, out long bits, isHex: true) || bits is < 0 or > 255)
                return $"a bitmap is bytes in hexadecimal, {InputDescription.MaxBytes} at most";
            for (int bit = 0; bit < 8; bit++)
            {
                if ((bits >> bit & 1) == 0)
                    continue;
                int code = (at * 8) + bit;
                // The types themselves are those that have codes.
                if ((type < 0 ? AddProperty(code) : AddCode(type, code)) is { } problem)
                    return problem;
            }

            at++;
        }

        return null;
    }

    private string? AddEvent(string[] words)
    {
        const string form = "an event is seconds.microseconds, type and code in hexadecimal, and a value";
        if (words.Length < 4 || words[0].IndexOf('.', StringComparison.Ordinal) is not (> 0 and int dot) || words[0].Length != dot + 7)
            return form;
        return TryNumber(words[0].AsSpan(0, dot), out long seconds) && TryNumber(words[0].AsSpan(dot + 1), out long microseconds)
            && TryNumber(words[1], out long type, isHex: true) && TryNumber(words[2], out long code, isHex: true)
            && TryNumber(words[3], out long value)
            ? AddEvent(seconds, microseconds, type, code, value)
            : form;
    }
}
