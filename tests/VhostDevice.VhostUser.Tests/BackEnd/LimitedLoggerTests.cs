// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.VhostUser.BackEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

public sealed class LimitedLoggerTests
{
    private readonly Clock _clock = new();
    private readonly Lines _lines = new();

    [Fact]
    public void A_burst_passes_then_so_many_a_second_and_the_rest_is_counted()
    {
        LimitedLogger log = new(_lines, _clock);
        for (int i = 0; i < 1000; i++)
            log.LogWarning("line {Number}", i);
        Assert.Equal(LimitedLogger.Burst, _lines.All.Count);

        _clock.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 1000; i++)
            log.LogWarning("line {Number}", i);
        Assert.Equal(LimitedLogger.Burst + LimitedLogger.PerSecond + 1, _lines.All.Count);
        Assert.Contains($"{1000 - LimitedLogger.Burst} lines", _lines.All[LimitedLogger.Burst], StringComparison.Ordinal);
    }

    [Fact]
    public void Debug_lines_pass_always_and_cost_nothing()
    {
        LimitedLogger log = new(_lines, _clock);
        for (int i = 0; i < 1000; i++)
            log.LogDebug("line {Number}", i);
        log.LogWarning("one more");
        Assert.Equal(1001, _lines.All.Count);
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        internal void Advance(TimeSpan span) => _now += span.Ticks;
    }

    private sealed class Lines : ILogger
    {
        internal List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));
    }
}
