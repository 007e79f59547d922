// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// Rings that take nothing new, until the device has given back every chain of them. Each ring says once that it is
/// empty, on its own loop; the last one says that all are.
/// </summary>
internal sealed class RingDrain
{
    private readonly Vring[] _rings;
    private readonly bool _mayAbandon;
    private readonly Action<RingDrain> _done;
    private readonly long _since = Stopwatch.GetTimestamp();
    private int _left;

    /// <param name="rings">Paused; some have chains in flight. Their loops stand still.</param>
    /// <param name="mayAbandon">The device may leave its requests as they are: nobody waits for the answers, or a record has them.</param>
    /// <param name="done">Called once, on the loop of whichever ring was the last.</param>
    internal RingDrain(Vring[] rings, bool mayAbandon, Action<RingDrain> done)
    {
        _rings = rings;
        _mayAbandon = mayAbandon;
        _done = done;
        foreach (Vring ring in rings)
        {
            if (ring.InFlight == 0)
                continue;
            _left++;
            ring.BeginDrain(this);
        }
    }

    /// <summary>Chains that are not back. While the rings' loops stand still.</summary>
    internal int InFlight => _rings.Sum(static r => r.InFlight);

    internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(_since);

    /// <summary>A ring of the list is empty. On its loop.</summary>
    internal void RingDrained()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            _done(this);
    }

    /// <summary>Has the device end early what it can. While the rings' loops stand still.</summary>
    internal void Hurry()
    {
        foreach (Vring ring in _rings)
            ring.EndRequests(_mayAbandon);
    }
}
