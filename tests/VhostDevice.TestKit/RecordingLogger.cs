// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;

namespace VhostDevice.TestKit;

/// <summary>Keeps what was logged. May be used from several threads.</summary>
public sealed class RecordingLogger : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<(LogLevel Level, string Text)> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    /// <summary>Texts of this level or above.</summary>
    public IReadOnlyList<string> From(LogLevel level) => [.. Lines.Where(l => l.Level >= level).Select(l => l.Text)];

    public void Clear()
    {
        lock (_lock)
            _lines.Clear();
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        lock (_lock)
            _lines.Add((logLevel, formatter(state, exception)));
    }

    public override string ToString() => string.Join('\n', Lines.Select(l => $"{l.Level}: {l.Text}"));
}
