// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>A recording of the frames on a board's CAN buses, in a format of other programs. Everything else is not in it.</summary>
internal abstract class CanFileTrace(TraceFile file) : ITrace
{
    private Board? _board;
    private long _startedAt;
    private int[] _channels = [];

    protected TraceFile File => file;

    /// <summary>When the recording began.</summary>
    protected DateTimeOffset Started { get; private set; }

    /// <summary>The names of the buses, in the order of their numbers.</summary>
    protected string[] Buses { get; private set; } = [];

    public void Begin(Board board, long startedAt)
    {
        _board = board;
        _startedAt = startedAt;
        Started = board.Time.GetUtcNow();
        Buses = [.. board.TraceSources.OfType<CanTrace>().Select(static s => s.Name)];
        _channels = new int[board.TraceSources.Count];
        int next = 0;
        foreach (TraceSource source in board.TraceSources)
            _channels[source.Index] = source is CanTrace ? next++ : -1;
        Head();
    }

    public void Record(long time, TraceSource source, ReadOnlySpan<byte> record)
    {
        int channel = _channels[source.Index];
        if (channel < 0)
            return;
        Write(_board!.Time.GetElapsedTime(_startedAt, time), channel, MemoryMarshal.Read<CanFrame>(record));
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

    public virtual void Lost(long events)
    {
    }

    public void Flush(long time) => file.Write();

    public virtual void End(long time)
    {
    }

    public void Dispose() => file.Dispose();

    /// <summary>What a file begins with.</summary>
    protected abstract void Head();

    /// <param name="since">The start of the recording.</param>
    /// <param name="channel">Place in <see cref="Buses"/>.</param>
    protected abstract void Write(TimeSpan since, int channel, CanFrame frame);
}
