// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Input.Recordings;

/// <summary>
/// The files of libinput record, of one device: YAML, but always laid out in the same way, a line for each fact and event. Read
/// line by line, because a recording of a minute has more lines than a tree of nodes should.
/// </summary>
internal sealed class LibinputReader(InputRecording recording) : RecordingReader(recording)
{
    private string _section = "";
    private int _devices;
    private bool _hasName;

    internal override string? Read(string line)
    {
        int comment = Comment(line);
        string text = line[..comment].Trim();
        if (text.Length == 0)
            return null;
        if (text.StartsWith("- node:", StringComparison.Ordinal))
            return ++_devices > 1 ? "the recording has several devices; record one" : null;
        if (text.StartsWith("- [", StringComparison.Ordinal))
            return _section == "evdev-events" ? AddEvent(text[2..]) : null;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return null;
        string key = text[..colon].Trim(), value = text[(colon + 1)..].Trim();
        if (value.Length == 0 && (key.Length == 0 || !char.IsAsciiDigit(key[0])))
        {
            _section = key == "- evdev" ? "evdev-events" : key;
            return null;
        }

        return _section switch
        {
            "evdev" when key == "name" && !_hasName => TakeName(value),
            "evdev" when key == "id" => SetIds(List(value)),
            "codes" when TryNumber(key, out long type) => AddCodes(type, value),
            "absinfo" when TryNumber(key, out long axis) => AddAxis(axis, List(value)),
            _ when key == "properties" => AddProperties(value),
            _ => null,
        };
    }

    // Not within quotes.
    private static int Comment(string line)
    {
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '"')
                isQuoted = !isQuoted;
            else if (line[i] == '#' && !isQuoted)
                return i;
        }

        return line.Length;
    }

    private static long[] List(string text)
    {
        if (text.Length < 2 || text[0] != '[' || text[^1] != ']')
            return [];
        List<long> numbers = [];
        foreach (string word in text[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryNumber(word, out long number))
                return [];
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private string? TakeName(string value)
    {
        _hasName = true;
        bool isQuoted = value.Length > 1 && value[0] == '"' && value[^1] == '"';
        return SetName(isQuoted ? value[1..^1] : value);
    }

    private string? AddCodes(long type, string value)
    {
        foreach (long code in List(value))
        {
            if (AddCode(type, code) is { } problem)
                return problem;
        }

        return null;
    }

    private string? AddProperties(string value)
    {
        foreach (long property in List(value))
        {
            if (AddProperty(property) is { } problem)
                return problem;
        }

        return null;
    }

    private string? AddEvent(string text) => List(text) is [var seconds, var microseconds, var type, var code, var value]
        ? AddEvent(seconds, microseconds, type, code, value)
        : "an event is five numbers: seconds, microseconds, type, code and value";
}
