// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>
/// A recording as waves (value change dump, IEEE 1364), which PulseView, GTKWave and sigrok open. Each
/// <see cref="TraceSource"/> draws what a decoder of its bus reads.
/// </summary>
/// <remarks>
/// The unit is a microsecond: sigrok makes one sample of every unit of time, also where nothing happens, and with
/// nanoseconds it would need a thousand times as many. A simulated bus is faster than its wave; what does not fit behind
/// the wave before it is drawn later, and left out when that would be more than a second later.
/// </remarks>
public sealed class VcdTrace(TraceFile file) : ITrace
{
    private const long MostBehind = 1_000_000;

    private readonly PriorityQueue<Change, (long Time, long Order)> _changes = new();
    private Board? _board;
    private DateTimeOffset _started;
    private long _startedAt;
    private long _order;
    private long _now = -1;
    private string[] _names = [];
    private string[] _codes = [];
    private bool[] _levels = [];
    private long[] _last = [];
    private WavePen?[] _pens = [];
    private int _firstNet;

    public void Begin(Board board, long startedAt)
    {
        _board = board;
        _started = board.Time.GetUtcNow();
        _startedAt = startedAt;
        // The signals of the sources, then one for each wire.
        List<string> names = [];
        List<bool> levels = [];
        _pens = new WavePen?[board.TraceSources.Count];
        for (int i = 0; i < _pens.Length; i++)
        {
            TraceSource source = board.TraceSources[i];
            _pens[i] = source.Signals.Count == 0 ? null : new WavePen(this, source, names.Count);
            names.AddRange(source.Signals.Select(s => $"{source.Name}_{s.Name}"));
            levels.AddRange(source.Signals.Select(s => s.AtRest));
        }

        _firstNet = names.Count;
        _names = [.. names, .. board.Nets.All.Select(NameOf)];
        _levels = [.. levels, .. board.Nets.All.Select(n => n.Level)];
        _codes = [.. Enumerable.Range(0, _names.Length).Select(Code)];
        _last = new long[_names.Length];
        Head();
    }

    public void Record(long time, TraceSource source, ReadOnlySpan<byte> record)
    {
        if (_pens[source.Index] is not { } pen)
            return;
        long start = Units(time);
        if (pen.Time - start > MostBehind)
        {
            pen.LeftOut++;
            return;
        }

        pen.Time = Math.Max(start, pen.Time);
        source.Draw(record, pen);
    }

    public void Level(long time, int net, bool high) => Add(Units(time), _firstNet + net, high);

    public void Parameter(long time, string text)
    {
    }

    public void Lost(long events) =>
        file.Text.Append(
            CultureInfo.InvariantCulture,
            $"$comment {events} events before this were not recorded: the file was too slow $end\n");

    public void Flush(long time)
    {
        WriteUntil(Units(time));
        file.Write();
    }

    public void End(long time)
    {
        WriteUntil(long.MaxValue);
        // A time without changes says how long the last levels last. What is drawn late ends after the recording.
        long end = Units(time);
        foreach (WavePen? pen in _pens)
            end = Math.Max(end, pen?.Time ?? 0);
        if (end > Math.Max(_now, 0))
            file.Text.Append('#').Append(end).Append('\n');
        foreach (IGrouping<string, WavePen> late in _pens.OfType<WavePen>().Where(p => p.LeftOut > 0).GroupBy(p => p.NotDrawn))
            file.Text.Append(CultureInfo.InvariantCulture, $"$comment {late.Sum(p => p.LeftOut)} {late.Key} $end\n");
    }

    public void Dispose() => file.Dispose();

    // A signal has one value at a time: a shorter pulse is drawn as one unit.
    internal void Add(long time, int signal, bool level)
    {
        time = Math.Max(time, _last[signal] + 1);
        _last[signal] = time;
        _changes.Enqueue(new Change(time, signal, level), (time, _order++));
    }

    // Printable characters, as many as it takes.
    private static string Code(int index)
    {
        const int first = '!', count = '~' - '!' + 1;
        StringBuilder code = new();
        do
        {
            code.Append((char)(first + index % count));
            index /= count;
        }
        while (index > 0);
        return code.ToString();
    }

    // Names are one word there.
    private static string NameOf(Net net) => string.Concat(net.Pins[0].FullName.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    private long Units(long time) => _board!.Time.GetElapsedTime(_startedAt, time).Ticks / TimeSpan.TicksPerMicrosecond;

    private void WriteUntil(long limit)
    {
        while (_changes.TryPeek(out Change change, out _) && change.Time < limit)
        {
            _changes.Dequeue();
            if (file.IsFull)
            {
                file.Turn();
                Head();
            }

            if (_levels[change.Signal] == change.Level)
                continue;
            if (change.Time != _now)
                file.Text.Append('#').Append(change.Time).Append('\n');
            _now = change.Time;
            _levels[change.Signal] = change.Level;
            file.Text.Append(change.Level ? '1' : '0').Append(_codes[change.Signal]).Append('\n');
        }
    }

    private void Head()
    {
        StringBuilder text = file.Text;
        text.Append(CultureInfo.InvariantCulture, $"$date 0 is {_started.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffffffZ} $end\n");
        text.Append("$timescale 1 us $end\n$scope module board $end\n");
        for (int i = 0; i < _names.Length; i++)
            text.Append("$var wire 1 ").Append(_codes[i]).Append(' ').Append(_names[i]).Append(" $end\n");
        text.Append("$upscope $end\n$enddefinitions $end\n");
        text.Append('#').Append(Math.Max(_now, 0)).Append("\n$dumpvars\n");
        for (int i = 0; i < _levels.Length; i++)
            text.Append(_levels[i] ? '1' : '0').Append(_codes[i]).Append('\n');
        text.Append("$end\n");
    }

    private readonly record struct Change(long Time, int Signal, bool Level);
}
