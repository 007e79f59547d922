// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Scmi;

/// <summary>A sensor that a test plays.</summary>
internal sealed class TestSensor(string name, int axes = 0, HostCalls? calls = null, bool streams = false) : IScmiSensor
{
    private readonly Lock _lock = new();
    private readonly List<(EventLoop Loop, Action<ReadOnlyMemory<ScmiReading>> Deliver)> _listeners = [];
    private long _value;

    public event Action? Changed;

    public string Name => name;

    public bool IsVector => axes > 0;

    public IReadOnlyList<ScmiAxis> Axes { get; init; } = axes == 0
        ? [new ScmiAxis("", ScmiUnit.Celsius, -3) { Resolution = 5, ResolutionExponent = -1, Least = -40_000, Most = 125_000 }]
        : [.. Enumerable.Range(0, axes).Select(i => new ScmiAxis($"axis {i}", ScmiUnit.MeterPerSecondSquared, -6))];

    public IReadOnlyList<ScmiInterval> Intervals { get; init; } = [new(1, -2), new(1, -1), new(5, -1), new(1, 0), new(10, 0)];

    public HostCalls? Calls => calls;

    public bool Streams => streams;

    /// <summary>Setting it raises <see cref="Changed"/>; axes show one more each.</summary>
    internal long Value
    {
        get => Interlocked.Read(ref _value);
        set
        {
            Interlocked.Exchange(ref _value, value);
            Changed?.Invoke();
        }
    }

    internal ScmiStatus Answer { get; set; }

    /// <summary>A read waits for it.</summary>
    internal ManualResetEventSlim? Door { get; set; }

    /// <summary>What it was set to, one after the other.</summary>
    internal List<string> Journal { get; } = [];

    public ScmiStatus Read(Span<ScmiReading> readings)
    {
        Door?.Wait();
        for (int i = 0; i < readings.Length; i++)
            readings[i] = new ScmiReading(Value + i, 1_000_000_007);
        return Answer;
    }

    public ScmiStatus Configure(bool stream, ScmiInterval? interval)
    {
        lock (_lock)
            Journal.Add($"{(stream ? "stream" : "still")}{(interval is { } each ? $" {each.Seconds}e{each.Exponent}" : "")}");
        return Answer;
    }

    public IDisposable? Listen(EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver)
    {
        if (!streams)
            return null;
        lock (_lock)
            _listeners.Add((loop, deliver));
        return new Listening(this, deliver);
    }

    internal int ListenerCount
    {
        get
        {
            lock (_lock)
                return _listeners.Count;
        }
    }

    /// <summary>Readings come, as from a buffer.</summary>
    internal void Stream(params long[] values)
    {
        (EventLoop Loop, Action<ReadOnlyMemory<ScmiReading>> Deliver)[] listeners;
        lock (_lock)
            listeners = [.. _listeners];
        foreach ((EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver) in listeners)
            loop.Post(() => deliver(values.Select(v => new ScmiReading(v, 77)).ToArray()));
    }

    private sealed class Listening(TestSensor sensor, Action<ReadOnlyMemory<ScmiReading>> deliver) : IDisposable
    {
        public void Dispose()
        {
            lock (sensor._lock)
                _ = sensor._listeners.RemoveAll(l => l.Deliver == deliver);
        }
    }
}
