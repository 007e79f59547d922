// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux;

/// <summary>
/// Whether the calls of a host side are quick enough to be made on a loop, judged by what the last ones took. One slow
/// call is enough for "no"; "yes" takes several quick ones in a row, and more of them the sooner the last "yes" was wrong.
/// </summary>
public struct CallPace
{
    /// <summary>Quick calls in a row after which a host side counts as quick; doubled each time that did not last.</summary>
    public const int FewestQuick = 16;

    /// <summary>The most that is asked for, and how many quick calls make an earlier mistake forgotten.</summary>
    public const int MostQuick = 4096;

    private int _inARow;
    private int _needed;

    /// <summary>
    /// The longest quick call, 50 µs, in ticks of <see cref="Stopwatch"/>. A hand-over to another thread and back takes
    /// 5 to 20 µs, so a longer call loses little by it, and a loop can be kept that long.
    /// </summary>
    public static long QuickTicks { get; } = Stopwatch.Frequency / 20_000;

    /// <summary>False in the beginning: nothing is known.</summary>
    public bool IsQuick { get; private set; }

    /// <summary>A call was made.</summary>
    /// <param name="ticks">How long it took, in ticks of <see cref="Stopwatch"/>.</param>
    public void Note(long ticks)
    {
        int needed = Math.Max(_needed, FewestQuick);
        if (ticks > QuickTicks)
        {
            if (IsQuick)
                _needed = _inARow >= MostQuick ? FewestQuick : Math.Min(2 * needed, MostQuick);
            IsQuick = false;
            _inARow = 0;
            return;
        }

        if (_inARow < MostQuick)
            _inARow++;
        if (IsQuick || _inARow < needed)
            return;
        IsQuick = true;
        _inARow = 0;
    }
}
