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

    internal const byte TransferEvent = 1;
    internal const byte LevelEvent = 2;
    internal const byte ParameterEvent = 3;

    /// <summary>Bytes of what precedes every event: what it is, when in timestamps, and the bytes that follow.</summary>
    internal const int HeaderBytes = 13;

    private readonly Board _board;
    private readonly IReadOnlyList<ITrace> _traces;
    private readonly object _lock = new();
    private readonly Thread _writer;
    private byte[] _filling = new byte[Capacity / 2];
    private byte[] _writing = new byte[Capacity / 2];
    private int _count;
    private byte[] _tokens = new byte[1024];
    private int _tokenCount;
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

    // From here to EndTransfer under the board's gate, on one thread. What the transfer causes (levels, parameters) is
    // appended meanwhile, so its bytes are kept apart until it is over.
    internal void BeginTransfer(int bus)
    {
        _tokenCount = 0;
        Put((byte)bus);
    }

    internal void Start(ushort address, bool read, bool acknowledged)
    {
        Put((byte)(TransferToken.Start | (read ? TransferToken.Read : 0) | (acknowledged ? TransferToken.Acknowledged : 0)));
        Put((byte)address);
        Put((byte)(address >> 8));
    }

    internal void Byte(byte value, bool acknowledged)
    {
        Put(acknowledged ? TransferToken.Acknowledged : (byte)0);
        Put(value);
    }

    internal void EndTransfer() => Append(TransferEvent, _tokens.AsSpan(0, _tokenCount));

    internal void Level(Net net) =>
        Append(LevelEvent, [(byte)net.Index, (byte)(net.Index >> 8), (byte)(net.Index >> 16), net.Level ? (byte)1 : (byte)0]);

    internal void Parameter(BoardPart part, BoardParameter parameter) =>
        Append(ParameterEvent, Encoding.UTF8.GetBytes($"{part.Name} {parameter.Name} {parameter.Text}"));

    private void Put(byte value)
    {
        // A transfer is bounded, by the messages that one can have and their length.
        if (_tokenCount == _tokens.Length)
            Array.Resize(ref _tokens, 2 * _tokens.Length);
        _tokens[_tokenCount++] = value;
    }

    private void Append(byte kind, ReadOnlySpan<byte> body)
    {
        lock (_lock)
        {
            if (body.Length > _filling.Length - _count - HeaderBytes)
            {
                _lost++;
                return;
            }

            Span<byte> to = _filling.AsSpan(_count);
            to[0] = kind;
            BinaryPrimitives.WriteInt64LittleEndian(to[1..], _board.Time.GetTimestamp());
            BinaryPrimitives.WriteInt32LittleEndian(to[9..], body.Length);
            body.CopyTo(to[HeaderBytes..]);
            // The writer waits for the first only.
            if (_count == 0)
                Monitor.Pulse(_lock);
            _count += HeaderBytes + body.Length;
        }
    }

    private void WriteAll()
    {
        while (true)
        {
            int count;
            long lost;
            bool ending;
            lock (_lock)
            {
                while (_count == 0 && !_ending)
                    Monitor.Wait(_lock);
                (_filling, _writing) = (_writing, _filling);
                (count, _count) = (_count, 0);
                (lost, _lost) = (_lost, 0);
                ending = _ending;
            }

            foreach (ITrace trace in _traces)
            {
                Write(trace, _writing.AsSpan(0, count));
                if (lost > 0)
                    trace.Lost(lost);
                trace.Flush(_board.Time.GetTimestamp());
            }

            // What comes after the end began is of no interest.
            if (ending)
                return;
        }
    }

    private static void Write(ITrace trace, ReadOnlySpan<byte> events)
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
                case TransferEvent:
                    trace.Transfer(time, body[0], body[1..]);
                    break;
                case LevelEvent:
                    trace.Level(time, body[0] | (body[1] << 8) | (body[2] << 16), body[3] != 0);
                    break;
                default:
                    trace.Parameter(time, Encoding.UTF8.GetString(body));
                    break;
            }
        }
    }
}
