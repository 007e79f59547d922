// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Tests.Boards;

/// <summary>Time that passes when a test says so; timers run within <see cref="Pass"/>.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _now;

    /// <summary>How often timers ran.</summary>
    internal int Expired { get; private set; }

    internal DateTimeOffset Start { get; init; } = new(2026, 2, 27, 23, 59, 50, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, () => callback(state));
        _ = timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    internal void Pass(TimeSpan time)
    {
        TimeSpan end = _now + time;
        while (_timers.Where(t => t.Due <= end).MinBy(t => t.Due) is { } next)
        {
            _now = next.Due > _now ? next.Due : _now;
            Expired++;
            next.Run();
        }

        _now = end;
    }

    internal void PassMilliseconds(double milliseconds) => Pass(TimeSpan.FromMilliseconds(milliseconds));

    private sealed class ManualTimer(ManualTime time, Action expired) : ITimer
    {
        private TimeSpan _period;

        internal TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime < TimeSpan.Zero ? TimeSpan.MaxValue : time._now + dueTime;
            _period = period;
            return true;
        }

        public void Dispose() => time._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Run()
        {
            Due = _period > TimeSpan.Zero ? Due + _period : TimeSpan.MaxValue;
            expired();
        }
    }
}
