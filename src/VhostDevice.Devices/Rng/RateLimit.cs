// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Devices.Rng;

/// <summary>
/// So many bytes per period. The period begins with the first request after the former one ended. A limit outlives
/// connections: who reconnects does not get a fresh allowance.
/// </summary>
public sealed class RateLimit
{
    private readonly ulong _quota;
    private readonly long _periodTicks;
    private readonly Func<long> _clock;
    private long _start;
    private ulong _left;

    /// <param name="quota">Bytes per period, at least 1; <see cref="ulong.MaxValue"/> is no limit in practice.</param>
    /// <param name="clock">Ticks of <see cref="Stopwatch"/>; tests give their own.</param>
    public RateLimit(ulong quota, TimeSpan period, Func<long>? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(quota);
        _quota = quota;
        _periodTicks = (long)(period.TotalSeconds * Stopwatch.Frequency);
        _clock = clock ?? Stopwatch.GetTimestamp;
        _start = _clock();
        _left = quota;
    }

    /// <summary>What may be handed out now.</summary>
    /// <param name="wait">When that is nothing: how long until there is a new allowance.</param>
    public ulong Allowance(out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        // No clock on the path of those who set no limit.
        if (_left > uint.MaxValue)
            return _left;
        long now = _clock();
        long elapsed = now - _start;
        if (elapsed >= _periodTicks)
        {
            _start = now;
            _left = _quota;
        }

        if (_left == 0)
            wait = TimeSpan.FromSeconds((double)(_periodTicks - elapsed) / Stopwatch.Frequency);
        return _left;
    }

    public void Spend(ulong bytes) => _left -= Math.Min(bytes, _left);
}
