// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>
/// Takes down what happens on a board. Those who cause it only leave bytes in a buffer; a thread turns them into text or
/// waves and writes the files. When the buffer is full, because the files are too slow, events are left out, and the
/// files say how many.
/// </summary>
public sealed class BoardRecorder : IDisposable
{
    /// <summary>Room for events that are not written yet, in bytes.</summary>
    public const int Capacity = 4 << 20;

    /// <summary>The longest record of a <see cref="TraceSource"/>, in bytes; a longer one is left out.</summary>
    internal const int MaxRecord = Capacity / 2 - HeaderBytes - SourceBytes;

    private const byte RecordEvent = 1;
    private const byte LevelEvent = 2;
    private const byte ParameterEvent = 3;

    // What precedes every event: what it is, when in timestamps, and the bytes that follow.
    private const int HeaderBytes = 13;

    // What precedes a record: whose it is.
    private const int SourceBytes = sizeof(int);

    private readonly Board _board;
    private readonly IReadOnlyList<ITrace> _traces;
    private readonly object _lock = new();
    private readonly Thread _writer;
    private byte[] _filling = new byte[Capacity / 2];
    private byte[] _writing = new byte[Capacity / 2];
    private int _count;
    private long _lost;
    private bool _ending;

    /// <param name="board">Whose wires are final.</param>
    /// <param name="traces">What is written; the recorder owns them.</param>
    public BoardRecorder(Board board, IReadOnlyList<ITrace> traces)
    {
        _board = board;
        _traces = traces;
        // Here rather than on the thread: what the levels are before the first change is known only now.
        lock (board.Gate)
        {
            foreach (ITrace trace in traces)
                trace.Begin(board, board.Time.GetTimestamp());
        }

        _writer = new Thread(WriteAll, maxStackSize: 256 * 1024) { IsBackground = true, Name = "board-record" };
        _writer.Start();
    }

    /// <summary>Writes what is there, and ends the files.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_ending)
                return;
            _ending = true;
            Monitor.Pulse(_lock);
        }

        _writer.Join();
        foreach (ITrace trace in _traces)
            trace.Dispose();
    }

    /// <param name="source">Place in <see cref="Board.TraceSources"/>.</param>
    internal void Record(int source, ReadOnlySpan<byte> record)
    {
        Span<byte> whose = stackalloc byte[SourceBytes];
        BinaryPrimitives.WriteInt32LittleEndian(whose, source);
        Append(RecordEvent, whose, record);
    }

    internal void Level(Net net)
    {
        Span<byte> body = stackalloc byte[sizeof(int) + 1];
        BinaryPrimitives.WriteInt32LittleEndian(body, net.Index);
        body[^1] = net.Level ? (byte)1 : (byte)0;
        Append(LevelEvent, body, []);
    }

    internal void Parameter(BoardPart part, BoardParameter parameter) =>
        Append(ParameterEvent, Encoding.UTF8.GetBytes($"{part.Name} {parameter.Name} {parameter.Text}"), []);

    /// <summary>An event could not be kept.</summary>
    internal void Lose()
    {
        lock (_lock)
            _lost++;
    }

    private void Append(byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        lock (_lock)
        {
            int length = head.Length + body.Length;
            if (length > _filling.Length - _count - HeaderBytes)
            {
                _lost++;
                return;
            }

            Span<byte> to = _filling.AsSpan(_count);
            to[0] = kind;
            BinaryPrimitives.WriteInt64LittleEndian(to[1..], _board.Time.GetTimestamp());
            BinaryPrimitives.WriteInt32LittleEndian(to[9..], length);
            head.CopyTo(to[HeaderBytes..]);
            body.CopyTo(to[(HeaderBytes + head.Length)..]);
            // The writer waits for the first only.
            if (_count == 0)
                Monitor.Pulse(_lock);
            _count += HeaderBytes + length;
        }
    }

    private void WriteAll()
    {
        while (true)
        {
            int count;
            long lost;
            long now;
            bool ending;
            lock (_lock)
            {
                while (_count == 0 && !_ending)
                    Monitor.Wait(_lock);
                (_filling, _writing) = (_writing, _filling);
                (count, _count) = (_count, 0);
                (lost, _lost) = (_lost, 0);
                ending = _ending;
                // What is appended from here on is not earlier. A later look at the clock would say that waves are
                // complete which the next events still change.
                now = _board.Time.GetTimestamp();
            }

            foreach (ITrace trace in _traces)
            {
                Write(trace, _writing.AsSpan(0, count));
                if (lost > 0)
                    trace.Lost(lost);
                trace.Flush(now);
                if (ending)
                    trace.End(now);
            }

            // What comes after the end began is of no interest.
            if (ending)
                return;
        }
    }

    private void Write(ITrace trace, ReadOnlySpan<byte> events)
    {
        while (!events.IsEmpty)
        {
            byte kind = events[0];
            long time = BinaryPrimitives.ReadInt64LittleEndian(events[1..]);
            int length = BinaryPrimitives.ReadInt32LittleEndian(events[9..]);
            ReadOnlySpan<byte> body = events.Slice(HeaderBytes, length);
            events = events[(HeaderBytes + length)..];
            switch (kind)
            {
                case RecordEvent:
                    TraceSource source = _board.TraceSources[BinaryPrimitives.ReadInt32LittleEndian(body)];
                    trace.Record(time, source, body[SourceBytes..]);
                    break;
                case LevelEvent:
                    trace.Level(time, BinaryPrimitives.ReadInt32LittleEndian(body), body[^1] != 0);
                    break;
                default:
                    trace.Parameter(time, Encoding.UTF8.GetString(body));
                    break;
            }
        }
    }
}
