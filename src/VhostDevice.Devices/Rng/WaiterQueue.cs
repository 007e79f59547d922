// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Rng;

/// <summary>
/// Those who wait for a source's bytes, first come first served. The first is called when there are bytes, and has a
/// turn in which nobody else takes any. A turn lapses, because a guest whose ring has stopped may never come for its
/// own. Not thread-safe: the source's lock is held for every call.
/// </summary>
internal sealed class WaiterQueue
{
    /// <summary>How long the others wait for one that was called and does not come.</summary>
    internal static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);

    private readonly List<Action> _waiters = [];
    private long _turnEnds; // Environment.TickCount64; 0 when nobody was called

    /// <summary>Whether bytes are this waiter's to take: nobody waits, or it is the first.</summary>
    internal bool IsFirst(Action waiter) => _waiters.Count == 0 || _waiters[0] == waiter;

    internal void Add(Action waiter)
    {
        if (!_waiters.Contains(waiter))
            _waiters.Add(waiter);
    }

    /// <summary>It got its bytes, or wants none any more.</summary>
    internal void Remove(Action waiter)
    {
        int at = _waiters.IndexOf(waiter);
        if (at < 0)
            return;
        _waiters.RemoveAt(at);
        if (at == 0)
            _turnEnds = 0;
    }

    /// <summary>There are bytes: who is to be called now? Null while a turn runs, and when nobody waits.</summary>
    /// <param name="now">Environment.TickCount64.</param>
    internal Action? Call(long now)
    {
        if (_turnEnds != 0)
        {
            if (now < _turnEnds)
                return null;
            // It was called once, as promised; when its ring runs again it asks again.
            Remove(_waiters[0]);
        }

        if (_waiters.Count == 0)
            return null;
        _turnEnds = now + (long)Turn.TotalMilliseconds;
        return _waiters[0];
    }

    /// <summary>Milliseconds until the running turn lapses, at least 1; -1 when none runs or nobody waits behind it.</summary>
    internal int MillisecondsLeft(long now) => _turnEnds == 0 || _waiters.Count < 2 ? -1 : (int)Math.Max(1, _turnEnds - now);
}
