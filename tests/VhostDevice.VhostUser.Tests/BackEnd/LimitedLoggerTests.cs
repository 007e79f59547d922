// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
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

    /// <summary>Front-ends that come and go by the hundred must not hide a warning from somebody who wants only those.</summary>
    [Fact]
    public void Lines_that_are_not_shown_cost_nothing()
    {
        _lines.Least = LogLevel.Warning;
        LimitedLogger log = new(_lines, _clock);
        for (int i = 0; i < 1000; i++)
            log.LogInformation("line {Number}", i);
        log.LogWarning("the one that matters");
        Assert.Equal(["the one that matters"], _lines.All);
    }

    [Fact]
    public void One_that_waits_for_the_log_holds_up_no_other()
    {
        using ManualResetEventSlim waits = new();
        using ManualResetEventSlim goes = new();
        LimitedLogger log = new(_lines, _clock);
        for (int i = 0; i <= LimitedLogger.Burst; i++)
            log.LogInformation("line {Number}", i);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _lines.All.Clear();
        _lines.OnLine = line =>
        {
            // The first line tells of one that was left out.
            if (!line.Contains("left out", StringComparison.Ordinal))
                return;
            waits.Set();
            Assert.True(goes.Wait(LoopThread.Patience));
        };
        Thread slow = new(() => log.LogWarning("slow")) { IsBackground = true };
        slow.Start();
        Assert.True(waits.Wait(LoopThread.Patience, TestContext.Current.CancellationToken));
        Thread other = new(() => log.LogWarning("other")) { IsBackground = true };
        other.Start();
        bool passed = other.Join(LoopThread.Patience);
        goes.Set();
        Assert.True(passed);
        Assert.True(slow.Join(LoopThread.Patience));
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

        internal LogLevel Least { get; set; }

        internal Action<string>? OnLine { get; set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= Least;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string line = formatter(state, exception);
            OnLine?.Invoke(line);
            lock (All)
                All.Add(line);
        }
    }
}
