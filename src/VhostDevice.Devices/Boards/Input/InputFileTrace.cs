// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Input;
using VhostDevice.Devices.Input.Recordings;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>
/// A recording of one input device of a board, as evemu or libinput record makes it. Which one, the file's name says:
/// <c>kbd0.evemu</c>; a name of nothing means the first.
/// </summary>
internal sealed class InputFileTrace(TraceFile file, string path) : ITrace
{
    private readonly bool _isLibinput = InputRecording.IsLibinput(path);
    private Board? _board;
    private InputTrace? _source;
    private long _startedAt;

    /// <summary>What <c>--record</c> knows them by.</summary>
    internal static IReadOnlyList<TraceFormat> Formats { get; } = [Made(".evemu"), Made(".yml"), Made(".yaml")];

    public void Begin(Board board, long startedAt)
    {
        _board = board;
        _startedAt = startedAt;
        string name = Path.GetFileNameWithoutExtension(path);
        InputTrace[] all = [.. board.TraceSources.OfType<InputTrace>()];
        _source = Array.Find(all, t => t.Name == name) ?? all.FirstOrDefault();
        Head();
    }

    public void Record(long time, TraceSource source, ReadOnlySpan<byte> record)
    {
        if (source != _source)
            return;
        long microseconds = (long)_board!.Time.GetElapsedTime(_startedAt, time).TotalMicroseconds;
        foreach (InputEvent value in MemoryMarshal.Cast<byte, InputEvent>(record))
            RecordingText.Add(file.Text, microseconds, value, _isLibinput);
        if (!file.IsFull)
            return;
        file.Turn();
        Head();
    }

    public void Level(long time, int net, bool high)
    {
    }

    public void Parameter(long time, string text)
    {
    }

    public void Lost(long events) => file.Text.Append($"# {events} events before this line were not recorded: the file was too slow\n");

    public void Flush(long time) => file.Write();

    public void End(long time)
    {
    }

    public void Dispose() => file.Dispose();

    private static TraceFormat Made(string end) => new(end, static (file, path) => new InputFileTrace(file, path));

    private void Head()
    {
        if (_source is not null)
            RecordingText.Begin(file.Text, _source.Description, _isLibinput);
    }
}
