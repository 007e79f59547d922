// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Devices.Sound;

/// <summary>
/// When frames are due, by the host's monotonic clock: to the nanosecond of what was counted since the start, so that being late
/// once makes nothing later.
/// </summary>
internal struct PcmClock
{
    private long _base;
    private long _frames;

    /// <summary>The next frame begins at this moment.</summary>
    internal void StartAt(long timestamp)
    {
        _base = timestamp;
        _frames = 0;
    }

    /// <summary>The moment at which so many further frames have passed.</summary>
    internal readonly long After(long frames, uint rate) => _base + (_frames + frames) * Stopwatch.Frequency / rate;

    /// <summary>So many have passed.</summary>
    internal void Pass(long frames, uint rate)
    {
        _frames += frames;
        // A whole second is exact.
        long seconds = _frames / rate;
        _base += seconds * Stopwatch.Frequency;
        _frames -= seconds * rate;
    }
}
