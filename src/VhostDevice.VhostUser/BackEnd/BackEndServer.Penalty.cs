// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>After a front-end that had a loop wait, the device is given to nobody for a while.</summary>
public sealed partial class BackEndServer
{
    private LoopTimer? _penaltyTimer;
    private Penalty _penalty;
    private long _ownedSince;

    private bool IsPenaltyOn => _penaltyTimer is { IsSet: true };

    /// <summary>Before the session's end.</summary>
    internal void Punish(Session session)
    {
        if (_owner != session || (_penaltyTimer is null && Loop.CreateTimer(ResumeWaiting, out _penaltyTimer).IsError))
            return;
        _penaltyTimer?.Start(_penalty.Next(Stopwatch.GetElapsedTime(_ownedSince)));
    }
}
