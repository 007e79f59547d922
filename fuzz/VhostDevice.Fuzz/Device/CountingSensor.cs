// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>A sensor with one value, which is another one at each reading, and says so.</summary>
internal sealed class CountingSensor : IScmiSensor
{
    private long _value;

    public event Action? Changed;

    public string Name => "a sensor whose name is too long for lists";

    public bool IsVector => false;

    public IReadOnlyList<ScmiAxis> Axes { get; } = [new ScmiAxis("", ScmiUnit.Celsius, 0)];

    public IReadOnlyList<ScmiInterval> Intervals => [];

    public HostCalls? Calls => null;

    public bool Streams => false;

    public ScmiStatus Read(Span<ScmiReading> readings)
    {
        readings[0] = new ScmiReading(_value++, 0);
        // Those who listen read again, which must end.
        if (_value % 2 == 0)
            Changed?.Invoke();
        return ScmiStatus.Success;
    }

    public ScmiStatus Configure(bool stream, ScmiInterval? interval) => ScmiStatus.Success;

    public IDisposable? Listen(EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver) => null;
}
