// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Connections that do nothing do not keep new ones out.</summary>
public sealed partial class BackEndServer
{
    private bool _toldOfPlaces;

    /// <summary>
    /// How long after its last message a connection keeps its place in any case: a front-end that negotiates is not interrupted.
    /// Shorter in tests.
    /// </summary>
    internal TimeSpan SilencePatience { get; set; } = TimeSpan.FromSeconds(1);

    // False: nobody is accepted before a connection ends, or has been silent for long enough.
    private bool HasPlace()
    {
        if (_sessions.Count < MaxConnections)
            return true;
        if (MostSilent() is { } silent)
        {
            TimeSpan left = SilencePatience - silent.Silence;
            if (left <= TimeSpan.Zero)
                return true;
            _retry?.Start(left);
        }

        _watch!.Interest = Readiness.None;
        return false;
    }

    private void TakePlace()
    {
        if (MostSilent() is not { } silent)
            return;
        if (!_toldOfPlaces)
        {
            Log.LogWarning(
                "{Count} front-ends are connected; from now on a new one takes the place of the one that was silent "
                    + "longest and does not use the device",
                MaxConnections);
        }

        _toldOfPlaces = true;
        silent.GiveUpPlace();
    }

    // Whoever has the device is served, and whoever waits for it has nothing to say meanwhile.
    private Session? MostSilent()
    {
        Session? most = null;
        foreach (Session session in _sessions)
        {
            if (session != _owner && !_waiting.Contains(session) && (most is null || session.Silence > most.Silence))
                most = session;
        }

        return most;
    }
}
