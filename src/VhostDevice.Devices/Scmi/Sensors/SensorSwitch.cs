// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>
/// Sets up a sensor that streams when no command asks for it: its guest has left, or another driver begins. For the guest's
/// loop, which does not wait for it; what commands ask later comes later.
/// </summary>
internal sealed class SensorSwitch(IScmiSensor sensor, EventLoop loop) : CallBatch(loop)
{
    private bool _stream;
    private ScmiInterval? _interval;
    private bool _again;
    private bool _nextStream;
    private ScmiInterval? _nextInterval;

    protected override int Count => 1;

    internal void Set(bool stream, ScmiInterval? interval)
    {
        if (IsOut)
        {
            // The latest counts.
            _again = true;
            (_nextStream, _nextInterval) = (stream, interval);
            return;
        }

        (_stream, _interval) = (stream, interval);
        if (sensor.Calls is { } calls)
            calls.MakeInOrder(this);
        else
            _ = sensor.Configure(stream, interval);
    }

    protected override void Call(int number) => _ = sensor.Configure(_stream, _interval);

    protected override void Made(int count)
    {
    }

    protected override void Done(Exception? fault)
    {
        if (!_again)
            return;
        _again = false;
        Set(_nextStream, _nextInterval);
    }
}
