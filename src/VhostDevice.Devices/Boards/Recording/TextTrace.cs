// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>
/// A recording for people and for grep: one line for each event, which begins with the seconds since the start, to the
/// nanosecond, and with what it is about. What follows is written by the event's <see cref="TraceSource"/>. Each file
/// begins with the levels of all wires, and the recording ends with a line that has its end.
/// </summary>
public sealed class TextTrace(TraceFile file) : ITrace
{
    private Board? _board;
    private DateTimeOffset _started;
    private long _startedAt;
    private long _latest;
    private bool[] _levels = [];

    public void Begin(Board board, long startedAt)
    {
        _board = board;
        _started = board.Time.GetUtcNow();
        _startedAt = _latest = startedAt;
        _levels = [.. board.Nets.All.Select(static n => n.Level)];
        Head();
    }

    public void Record(long time, TraceSource source, ReadOnlySpan<byte> record)
    {
        StringBuilder line = Line(time).Append(source.Kind).Append(' ').Append(source.Name);
        source.Print(record, line);
        line.Append('\n');
        Turn();
    }

    public void Level(long time, int net, bool high)
    {
        _levels[net] = high;
        Wire(time, net);
        Turn();
    }

    public void Parameter(long time, string text)
    {
        Line(time).Append("set ").Append(text).Append('\n');
        Turn();
    }

    public void Lost(long events) =>
        file.Text.Append(
            CultureInfo.InvariantCulture,
            $"# {events} events before this line were not recorded: the file was too slow\n");

    public void Flush(long time) => file.Write();

    public void End(long time) => Line(time).Append("end\n");

    public void Dispose() => file.Dispose();

    private void Wire(long time, int net)
    {
        StringBuilder text = Line(time).Append("wire");
        foreach (Pin pin in _board!.Nets.All[net].Pins)
            text.Append(' ').Append(pin.FullName);
        text.Append(_levels[net] ? " 1\n" : " 0\n");
    }

    private StringBuilder Line(long time)
    {
        _latest = time;
        TimeSpan since = _board!.Time.GetElapsedTime(_startedAt, time);
        return file.Text.Append(
            CultureInfo.InvariantCulture,
            $"{since.Ticks / TimeSpan.TicksPerSecond}.{since.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick:d9} ");
    }

    private void Head()
    {
        file.Text.Append(CultureInfo.InvariantCulture, $"# board {_board!.Name}, second 0 is {_started.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffffffZ}\n");
        for (int i = 0; i < _levels.Length; i++)
            Wire(_latest, i);
    }

    private void Turn()
    {
        if (!file.IsFull)
            return;
        file.Turn();
        Head();
    }
}
