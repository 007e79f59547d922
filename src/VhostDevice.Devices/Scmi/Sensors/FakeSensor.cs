// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>Three axes of an acceleration that count: each reading shows one more than the one before, from 0 to 255.</summary>
public sealed class FakeSensor(string name) : IScmiSensor
{
    private const int Ahead = 100;

    private int _count;

    event Action? IScmiSensor.Changed
    {
        add
        {
        }

        remove
        {
        }
    }

    public string Name => name;

    public bool IsVector => true;

    public IReadOnlyList<ScmiAxis> Axes { get; } = [Axis("acc_X"), Axis("acc_Y"), Axis("acc_Z")];

    public IReadOnlyList<ScmiInterval> Intervals => PolledIntervals.All;

    public HostCalls? Calls => null;

    public bool Streams => false;

    public ScmiStatus Read(Span<ScmiReading> readings)
    {
        byte count = (byte)Interlocked.Increment(ref _count);
        ulong time = PolledIntervals.Now();
        for (int i = 0; i < readings.Length; i++)
            readings[i] = new ScmiReading((byte)(count - 1 + (Ahead * i)), time);
        return ScmiStatus.Success;
    }

    public ScmiStatus Configure(bool stream, ScmiInterval? interval) => ScmiStatus.Success;

    public IDisposable? Listen(EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver) => null;

    private static ScmiAxis Axis(string name) => new(name, ScmiUnit.MeterPerSecondSquared, 0);
}
