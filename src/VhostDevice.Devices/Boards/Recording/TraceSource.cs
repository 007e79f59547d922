// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>
/// What a bus (or anything else on a board) leaves in a recording: records, whose bytes are its own, and what they look
/// like as text and as waves.
/// </summary>
/// <remarks>
/// Records are made where things happen, under <see cref="Board.Gate"/>: <see cref="Begin"/>, any number of bytes,
/// <see cref="End"/>, and only while <see cref="IsRecording"/>. What they cause meanwhile (levels, parameters, records of
/// others) is in the recording before them. <see cref="Print"/> and <see cref="Draw"/> are called later, on the
/// recorder's thread, so they go by the record alone.
/// </remarks>
public abstract class TraceSource
{
    private const int FirstRoom = 1024;

    private readonly Board _board;
    private byte[] _record = [];
    private int _length;

    /// <param name="board">Whose recordings it appears in.</param>
    /// <param name="kind">What it is, one word: <c>i2c</c>.</param>
    /// <param name="name">Which one it is: <c>i2c0</c>.</param>
    protected TraceSource(Board board, string kind, string name)
    {
        _board = board;
        Kind = kind;
        Name = name;
        Index = board.Add(this);
    }

    public string Kind { get; }

    public string Name { get; }

    /// <summary>The waves that it draws; none for one that cannot be drawn.</summary>
    public virtual IReadOnlyList<TraceSignal> Signals => [];

    /// <summary>Said at the end of waves, behind their number, of records that came too fast for them.</summary>
    public virtual string NotDrawn => "events are not drawn: their waves cannot follow them";

    /// <summary>Whether records are wanted. Under the board's gate.</summary>
    public bool IsRecording => _board.Recorder is not null;

    /// <summary>Place in <see cref="Board.TraceSources"/>.</summary>
    internal int Index { get; }

    /// <summary>Adds a record to a line that has its time, kind and name already, beginning with a blank.</summary>
    public abstract void Print(ReadOnlySpan<byte> record, StringBuilder line);

    /// <summary>Draws a record: levels of its own <see cref="Signals"/>, and the time that passes between them.</summary>
    public virtual void Draw(ReadOnlySpan<byte> record, WavePen pen)
    {
    }

    /// <summary>Begins a record; one that was not ended is forgotten.</summary>
    protected void Begin() => _length = 0;

    protected void Put(byte value)
    {
        if (_length < _record.Length || TryGrow(1))
            _record[_length] = value;
        _length++;
    }

    protected void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= _record.Length - _length || TryGrow(bytes.Length))
            bytes.CopyTo(_record.AsSpan(_length));
        _length = (int)Math.Min((long)_length + bytes.Length, BoardRecorder.MaxRecord + 1);
    }

    /// <summary>Puts the record into the recording.</summary>
    protected void End()
    {
        if (_length <= BoardRecorder.MaxRecord)
            _board.Recorder?.Record(Index, _record.AsSpan(0, _length));
        else
            _board.Recorder?.Lose();
    }

    // A longer one than the recorder takes is only counted, so the room stays bounded.
    private bool TryGrow(int more)
    {
        if (more > BoardRecorder.MaxRecord - _length)
        {
            _length = BoardRecorder.MaxRecord;
            return false;
        }

        Array.Resize(ref _record, Math.Max(Math.Max(FirstRoom, 2 * _record.Length), _length + more));
        return true;
    }
}
