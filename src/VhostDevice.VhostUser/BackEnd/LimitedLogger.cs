// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// Keeps a hostile front-end from filling the disk with log lines: a burst passes, then so many a second; what was left
/// out is counted. Debug and trace lines pass always, somebody asked for them, and lines that are not shown cost nothing.
/// For any thread; one that waits for the logger behind this one holds up no other.
/// </summary>
public sealed class LimitedLogger(ILogger inner, TimeProvider time) : ILogger
{
    internal const int Burst = 50;
    internal const int PerSecond = 5;

    private readonly Lock _gate = new();
    private long _last = time.GetTimestamp();
    private double _credit = Burst;
    private long _leftOut;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel))
            return;
        if (logLevel >= LogLevel.Information)
        {
            if (!Pass(out long leftOut))
                return;
            if (leftOut > 0)
                inner.LogWarning("{Count} lines were left out, to keep the log readable", leftOut);
        }

        inner.Log(logLevel, eventId, state, exception, formatter);
    }

    private bool Pass(out long leftOut)
    {
        leftOut = 0;
        using Lock.Scope gate = _gate.EnterScope();
        long now = time.GetTimestamp();
        _credit = Math.Min(Burst, _credit + (time.GetElapsedTime(_last, now).TotalSeconds * PerSecond));
        _last = now;
        if (_credit < 1)
        {
            _leftOut++;
            return false;
        }

        _credit--;
        (leftOut, _leftOut) = (_leftOut, 0);
        return true;
    }
}
