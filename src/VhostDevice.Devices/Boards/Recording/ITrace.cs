// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>A file that a <see cref="BoardRecorder"/> writes. Calls come one after the other; times are timestamps of the
/// board's clock and never go back.</summary>
public interface ITrace : IDisposable
{
    /// <summary>The first call, under the board's gate.</summary>
    void Begin(Board board, long startedAt);

    /// <param name="source">One of <see cref="Board.TraceSources"/>, which knows what the bytes mean.</param>
    void Record(long time, TraceSource source, ReadOnlySpan<byte> record);

    /// <param name="net">Place in the board's list of wires.</param>
    void Level(long time, int net, bool high);

    /// <param name="text">Part, parameter and value.</param>
    void Parameter(long time, string text);

    /// <summary>So many events before now are not in the recording.</summary>
    void Lost(long events);

    /// <summary>What came so far is complete up to this time; it goes to the file.</summary>
    void Flush(long time);

    /// <summary>The last call: the recording ends at this time, whatever happened last.</summary>
    void End(long time);
}
