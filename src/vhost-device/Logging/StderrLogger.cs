// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Program.Logging;

/// <summary>Writes one line per message to standard error: <c>[time level target] text</c>.</summary>
/// <param name="target">Crate-style name, as RUST_LOG filters expect it.</param>
/// <param name="least">Least severe level shown.</param>
/// <param name="subject">Put before each text, for example the socket that it is about; may be empty.</param>
internal sealed class StderrLogger(string target, LogLevel least, string subject = "") : ILogger
{
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
        string name = level switch
        {
            LogLevel.Trace => "TRACE",
            LogLevel.Debug => "DEBUG",
            LogLevel.Information => "INFO ",
            LogLevel.Warning => "WARN ",
            _ => "ERROR",
        };
        string time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Stderr.WriteLine($"[{time} {name} {target}] {subject}{text}");
    }
}

/// <summary>Standard error without the console machinery, which a daemon's start need not pay for.</summary>
internal static unsafe class Stderr
{
    internal static void WriteLine(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        fixed (byte* p = bytes)
        {
            // One write per line keeps the lines of several threads apart. There is nobody to tell about failure.
            _ = FileIo.Write(2, p, (nuint)bytes.Length, out _);
        }
    }
}
