// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>
/// A recording as waves (value change dump, IEEE 1364), which PulseView, GTKWave and sigrok open. Buses are drawn as SCL and SDA
/// would look at 83 kHz, so that an I²C decoder reads them.
/// </summary>
/// <remarks>
/// The unit is a microsecond: sigrok makes one sample of every unit of time, also where nothing happens, and with
/// nanoseconds it would need a thousand times as many. A simulated bus is faster than its wave; what does not fit behind
/// the wave before it is drawn later, and left out when that would be more than a second later.
/// </remarks>
public sealed class VcdTrace(TraceFile file) : ITrace
{
    /// <summary>A quarter of a bit's time: 100 kHz would make it 2.5 units.</summary>
    private const long Quarter = 3;

    private const long MostBehind = 1_000_000;

    private readonly PriorityQueue<Change, (long Time, long Order)> _changes = new();
    private Board? _board;
    private DateTimeOffset _started;
    private long _startedAt;
    private long _order;
    private long _now = -1;
    private long _leftOut;
    private string[] _names = [];
    private string[] _codes = [];
    private bool[] _levels = [];
    private long[] _last = [];
    private long[] _busTime = [];
    private long _drawing;

    public void Begin(Board board, long startedAt)
    {
        _board = board;
        _started = board.Time.GetUtcNow();
        _startedAt = startedAt;
        // Two signals for each bus, then one for each wire.
        _names = [.. board.Buses.SelectMany(b => new[] { b.Name + "_scl", b.Name + "_sda" }), .. board.Nets.All.Select(NameOf)];
        _codes = [.. Enumerable.Range(0, _names.Length).Select(Code)];
        _levels = new bool[_names.Length];
        _last = new long[_names.Length];
        _busTime = new long[board.Buses.Count];
        for (int i = 0; i < 2 * board.Buses.Count; i++)
            _levels[i] = true;
        for (int i = 0; i < board.Nets.All.Count; i++)
            _levels[2 * board.Buses.Count + i] = board.Nets.All[i].Level;
        Head();
    }

    public void Transfer(long time, int bus, ReadOnlySpan<byte> tokens)
    {
        long start = Units(time);
        if (_busTime[bus] - start > MostBehind)
        {
            _leftOut++;
            return;
        }

        _drawing = Math.Max(start, _busTime[bus]);
        int scl = 2 * bus, sda = scl + 1;
        bool begun = false;
        while (!tokens.IsEmpty)
        {
            bool acknowledged = (tokens[0] & TransferToken.Acknowledged) != 0;
            if ((tokens[0] & TransferToken.Start) != 0)
            {
                if (begun)
                    Repeat(scl, sda);
                Draw(sda, false);
                Draw(scl, false);
                begun = true;
                DrawByte(scl, sda, (tokens[1] << 1) | ((tokens[0] & TransferToken.Read) != 0 ? 1 : 0), acknowledged);
                tokens = tokens[3..];
            }
            else
            {
                DrawByte(scl, sda, tokens[1], acknowledged);
                tokens = tokens[2..];
            }
        }

        // SDA rises while SCL is high.
        Draw(sda, false);
        Draw(scl, true);
        Draw(sda, true);
        _busTime[bus] = _drawing + 2 * Quarter;
    }

    public void Level(long time, int net, bool high) => Add(Units(time), 2 * _board!.Buses.Count + net, high);

    public void Parameter(long time, string text)
    {
    }

    public void Lost(long events) => file.Text.Append(CultureInfo.InvariantCulture, $"$comment {events} events before this were not recorded: the file was too slow $end\n");

    public void Flush(long time)
    {
        WriteUntil(Units(time));
        file.Write();
    }

    public void Dispose()
    {
        WriteUntil(long.MaxValue);
        if (_leftOut > 0)
            file.Text.Append(CultureInfo.InvariantCulture, $"$comment {_leftOut} transfers are not drawn: waves at 83 kHz cannot follow them $end\n");
        file.Dispose();
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

    private void DrawByte(int scl, int sda, int value, bool acknowledged)
    {
        for (int bit = 7; bit >= -1; bit--)
        {
            Draw(sda, bit < 0 ? !acknowledged : (value >> bit & 1) != 0);
            Draw(scl, true);
            _drawing += Quarter;
            Draw(scl, false);
        }
    }

    // Without a stop: both go up, SCL last, so that a start can follow.
    private void Repeat(int scl, int sda)
    {
        Draw(sda, true);
        Draw(scl, true);
    }

    private void Draw(int signal, bool level)
    {
        Add(_drawing, signal, level);
        _drawing += Quarter;
    }

    private long Units(long time) => _board!.Time.GetElapsedTime(_startedAt, time).Ticks / TimeSpan.TicksPerMicrosecond;

    // A signal has one value at a time: a shorter pulse is drawn as one unit.
    private void Add(long time, int signal, bool level)
    {
        time = Math.Max(time, _last[signal] + 1);
        _last[signal] = time;
        _changes.Enqueue(new Change(time, signal, level), (time, _order++));
    }

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
