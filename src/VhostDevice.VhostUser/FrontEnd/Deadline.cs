// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>A point in time up to which several waits may last together.</summary>
internal readonly struct Deadline
{
    // Stopwatch ticks; long.MaxValue is never.
    private readonly long _end;

    private Deadline(long end) => _end = end;

    /// <summary>Milliseconds left for poll(2), rounded up so that it does not spin at the end; -1: no end, 0: over.</summary>
    internal int Milliseconds
    {
        get
        {
            if (_end == long.MaxValue)
                return -1;
            long left = _end - Stopwatch.GetTimestamp();
            return left <= 0 ? 0 : (int)Math.Min(int.MaxValue, (left / (Stopwatch.Frequency / 1000)) + 1);
        }
    }

    internal bool IsOver => _end != long.MaxValue && Stopwatch.GetTimestamp() >= _end;

    /// <param name="time"><see cref="Timeout.InfiniteTimeSpan"/>, or any other negative time, has no end.</param>
    internal static Deadline After(TimeSpan time) =>
        time < TimeSpan.Zero ? new Deadline(long.MaxValue) : new Deadline(Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency));
}
