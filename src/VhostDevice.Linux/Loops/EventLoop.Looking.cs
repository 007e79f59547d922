// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux;

/// <summary>The look at what is expected to bring more work at once, before the loop sleeps.</summary>
public sealed partial class EventLoop
{
    // The processors that this process may use: with one, nobody could add anything while this thread looks.
    private static readonly bool s_hasOthers = Environment.ProcessorCount > 1;

    private readonly List<IPolled> _looking = [];
    private LookAhead _ahead = new(Math.Max(1, Stopwatch.Frequency / 1_000_000));
    private long _nextTurn;
    private bool _isRunning;

    /// <summary>
    /// Whether the loop looks at a source for up to 10 µs before it sleeps: the source leaves its wake-ups off then, and is
    /// told when the time for them has come (<see cref="IPolled.PrepareToSleep"/>). To be asked when whoever feeds the
    /// source is awake, and only then. Never with a <see cref="PollTime"/>, which looks longer anyhow.
    /// </summary>
    public bool LooksBeforeSleep(IPolled source)
    {
        if (!s_hasOthers || !_isRunning || !_ahead.Next())
            return false;
        if (!IsLookedAt(source))
            _looking.Add(source);
        return true;
    }

    // List.Contains compares as any two objects are compared, which takes several times as long.
    private bool IsLookedAt(IPolled source)
    {
        for (int i = 0; i < _looking.Count; i++)
        {
            if (ReferenceEquals(_looking[i], source))
                return true;
        }

        return false;
    }

    private Errno LookThenTurn()
    {
        long start = Stopwatch.GetTimestamp();
        long end = start + _ahead.Limit;
        long now = start;
        long round;
        bool found = false;
        // What was posted or has yielded meanwhile is work, too. Once in any case: while somebody yields again and again the
        // loop never sleeps, and nobody else looks at sources whose wake-ups are off.
        do
        {
            round = now;
            for (int i = 0; i < _looking.Count; i++)
                found |= Poll(_looking[i]);
            RunDeferred();
            now = Stopwatch.GetTimestamp();
        }
        while (!found && now < end && !_stopping && !HasPosted && _next.Count == 0);

        if (found)
            _ahead.Found(round - start);
        else if (now >= end)
            return SleepAfterLook();
        // However busy the sources are: the other descriptors must not starve. What has yielded waits for them no longer than
        // the sources do: with a look at epoll for each time that work is found, that look would be a good part of the work.
        if (found && now < _nextTurn && !HasPosted)
        {
            if (_next.Count > 0)
                RunYielded();
            return Errno.Success;
        }

        _nextTurn = now + s_lookTicks;
        return Turn(0, out _);
    }

    private Errno SleepAfterLook()
    {
        _ahead.Missed();
        bool more = false;
        // One that finds more work after all may ask for another look, at the end of the list.
        for (int n = _looking.Count; n > 0; n--)
        {
            IPolled source = _looking[0];
            _looking.RemoveAt(0);
            more |= PrepareToSleep(source);
        }

        return Turn(more || _looking.Count > 0 ? 0 : -1, out _);
    }
}
