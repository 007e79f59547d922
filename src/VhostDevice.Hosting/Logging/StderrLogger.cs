// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace VhostDevice.Hosting.Logging;

/// <summary>
/// Writes one line per message to standard error: <c>[time level target] text</c>. Never waits: a log that nobody reads
/// costs lines, which are counted, and never a guest's time.
/// </summary>
/// <param name="target">Crate-style name, as RUST_LOG filters expect it.</param>
/// <param name="least">Least severe level shown.</param>
/// <param name="subject">Put before each text, for example the socket that it is about; may be empty.</param>
internal sealed class StderrLogger(string target, LogLevel least, string subject = "") : ILogger
{
    private static readonly Func<long, string> s_lost = static count =>
        Format(LogLevel.Warning, "vhost_device", $"{count} lines of this log are missing: its reader did not take them in time");

    internal StderrLogger About(string newSubject) => new(target, least, newSubject + ": ");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel < LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Write(logLevel, formatter(state, exception));
    }

    /// <summary>Shows a line whatever the level, for what scripts wait for.</summary>
    internal void Always(string text) => Write(LogLevel.Information, text);

    private void Write(LogLevel level, string text)
    {
        Stderr.WriteLine(Format(level, target, subject + text), s_lost);
    }

    private static string Format(LogLevel level, string target, string text)
    {
        string name = level switch
        {
            LogLevel.Trace => "TRACE",
            LogLevel.Debug => "DEBUG",
            LogLevel.Information => "INFO ",
            LogLevel.Warning => "WARN ",
            _ => "ERROR",
        };
        string time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return $"[{time} {name} {target}] {text}";
    }
}
