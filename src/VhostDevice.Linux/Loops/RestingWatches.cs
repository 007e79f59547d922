// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux;

/// <summary>
/// Watches of a loop whose handler failed, and of which nothing is heard for a moment: a descriptor that stays ready would
/// make its handler fail again at once, and the loop would do nothing else.
/// </summary>
internal sealed class RestingWatches(EventLoop loop)
{
    private const int RestMilliseconds = 100;

    private readonly List<(FdWatch Watch, ulong Token, long Since)> _resting = []; // the longest first

    internal int Count => _resting.Count;

    internal void Add(FdWatch watch)
    {
        watch.IsResting = true;
        // Not an interest of nothing: an end or an error would be told of all the same.
        loop.Silence(watch);
        _resting.Add((watch, watch.Token, Stopwatch.GetTimestamp()));
    }

    /// <summary>Listens again to those that have rested.</summary>
    /// <returns>How long the loop may wait, at most <paramref name="timeoutMilliseconds"/> (-1: for ever).</returns>
    internal int EndThoseDue(int timeoutMilliseconds)
    {
        while (_resting.Count > 0)
        {
            (FdWatch watch, ulong token, long since) = _resting[0];
            int left = RestMilliseconds - (int)Stopwatch.GetElapsedTime(since).TotalMilliseconds;
            if (left > 0)
                return timeoutMilliseconds < 0 ? left : Math.Min(left, timeoutMilliseconds);
            _resting.RemoveAt(0);
            // It may have ended meanwhile, and watch something else.
            if (!watch.IsWatching || watch.Token != token)
                continue;
            watch.IsResting = false;
            loop.Hear(watch);
        }

        return timeoutMilliseconds;
    }
}
