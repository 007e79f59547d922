// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Hwmon;

/// <summary>An input of a hardware monitor of the host (Linux, Documentation/hwmon/sysfs-interface.rst).</summary>
internal sealed class HwmonSensor(string name, ScmiAxis value, AttributeFile input, HostCalls calls) : IScmiSensor, IDisposable
{
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

    public bool IsVector => false;

    public IReadOnlyList<ScmiAxis> Axes { get; } = [value];

    public IReadOnlyList<ScmiInterval> Intervals => PolledIntervals.All;

    public HostCalls? Calls => calls;

    public bool Streams => false;

    public ScmiStatus Read(Span<ScmiReading> readings)
    {
        Errno errno = input.Read(out long now);
        readings[0] = new ScmiReading(now, PolledIntervals.Now());
        // A chip that has not measured yet says EAGAIN or ENODATA.
        return errno.IsSuccess ? ScmiStatus.Success : errno == Errno.EAGAIN ? ScmiStatus.Busy : ScmiStatus.HardwareError;
    }

    public ScmiStatus Configure(bool stream, ScmiInterval? interval) => ScmiStatus.Success;

    public IDisposable? Listen(EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver) => null;

    public void Dispose() => input.Dispose();
}
