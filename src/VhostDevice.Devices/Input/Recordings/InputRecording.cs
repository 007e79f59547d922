// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Input.Recordings;

/// <summary>An input device and what it did: the content of a file of evemu or of libinput record.</summary>
internal sealed class InputRecording
{
    /// <summary>The longest report, in events, and with it the most that a device gives a guest at once.</summary>
    internal const int MaxReport = 1024;

    private const int MaxBytes = 64 << 20;
    private const int MaxEvents = 4_000_000;

    private TimedEvent[] _events = [];
    private int _count;
    private int _length;

    internal InputDescription Description { get; set; } = new();

    internal ReadOnlySpan<TimedEvent> Events => _events.AsSpan(0, _count);

    /// <summary>Whether a file's name says that it is of libinput, and not of evemu.</summary>
    internal static bool IsLibinput(string path) =>
        path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file, of the kind that its name says.</summary>
    /// <exception cref="YamlFileException">It cannot be read or makes no sense.</exception>
    internal static InputRecording Load(string path)
    {
        byte[] bytes = YamlText.ReadBytes(path, "the recording", MaxBytes, "there is none");
        using StreamReader reader = new(new MemoryStream(bytes));
        return Read(path, reader);
    }

    /// <param name="path">Of the file, for its kind and for messages.</param>
    /// <exception cref="YamlFileException">The text makes no sense.</exception>
    internal static InputRecording Read(string path, TextReader text)
    {
        InputRecording made = new();
        int line = 0;
        RecordingReader reader = IsLibinput(path) ? new LibinputReader(made) : new EvemuReader(made);
        while (text.ReadLine() is { } read)
        {
            line++;
            if (reader.Read(read) is { } problem)
                throw new YamlFileException($"{path}:{line}: {problem}");
        }

        if (reader.End() is { } missing)
            throw new YamlFileException($"{path}: {missing}");
        return made;
    }

    /// <summary>Adds an event; times never go back.</summary>
    /// <returns>What is wrong; null: nothing.</returns>
    internal string? Add(long microseconds, in InputEvent value)
    {
        // The kernel had lost events there; what it lost is not in the file either.
        if (value is { Type: InputTypes.Sync, Code: InputCodes.SynDropped })
            return null;
        if (_count == MaxEvents)
            return $"a recording has {MaxEvents} events at most";
        _length = value.EndsReport ? 0 : _length + 1;
        if (_length == MaxReport)
            return $"a report has less than {MaxReport} events";
        if (_count == _events.Length)
            Array.Resize(ref _events, Math.Max(64, 2 * _count));
        _events[_count] = new TimedEvent(Math.Max(microseconds, _count > 0 ? _events[_count - 1].Microseconds : 0), value);
        _count++;
        return null;
    }
}

/// <summary>An event and when it was, from any start.</summary>
internal readonly record struct TimedEvent(long Microseconds, InputEvent Event);
