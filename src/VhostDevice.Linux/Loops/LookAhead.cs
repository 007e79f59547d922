// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Whether a loop that has nothing to do looks at its rings for a moment before it sleeps, and how long. A look pays when
/// somebody on another processor adds the next request right away: it saves both sides the wake-up. Where that does not
/// happen (the driver thinks for longer, or shares this processor and can't run meanwhile) it is a waste; so each look
/// that finds nothing makes the next one rarer, up to one in a thousand, and each that finds something makes it more
/// frequent again. Times are in ticks of the caller's clock.
/// </summary>
internal struct LookAhead(long ticksPerMicrosecond)
{
    internal const int MaxMicroseconds = 10;
    private const int MaxMisses = 10;

    private readonly long _microsecond = ticksPerMicrosecond;
    private long _typical = MaxMicroseconds * ticksPerMicrosecond;
    private int _misses;
    private int _skip;

    /// <summary>The longest that a look may take now: some more than the last ones that found something took.</summary>
    internal readonly long Limit => Math.Min(MaxMicroseconds * _microsecond, (2 * _typical) + _microsecond);

    /// <summary>Asked once each time that there is reason to expect more; false: sleep at once.</summary>
    internal bool Next()
    {
        if (_skip == 0)
            return true;
        _skip--;
        return false;
    }

    /// <param name="waited">
    /// How long it took until there was something. 0: it was there already, which says nothing for looking, since asking for
    /// wake-ups finds that, too; on a processor that the driver shares there is never anything else to find.
    /// </param>
    internal void Found(long waited)
    {
        if (waited == 0)
            return;
        _typical += (waited - _typical) / 4;
        _misses /= 2;
        _skip = 0;
    }

    internal void Missed()
    {
        _typical = MaxMicroseconds * _microsecond;
        _misses = Math.Min(_misses + 1, MaxMisses);
        _skip = (1 << _misses) - 1;
    }
}
