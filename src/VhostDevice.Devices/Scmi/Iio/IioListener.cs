// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Sensors;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>Who gets a sensor's readings out of the scans of a buffer. On the loop that reads them.</summary>
internal sealed class IioListener(IioBuffer buffer, IioSensor sensor, Action<ReadOnlyMemory<ScmiReading>> deliver) : IDisposable
{
    private readonly ScmiReading[] _readings = new ScmiReading[sensor.Channels.Count];

    internal void Deliver(IioScan scan, ReadOnlySpan<byte> bytes, ulong time)
    {
        for (int i = 0; i < _readings.Length; i++)
        {
            IioChannel channel = sensor.Channels[i];
            if (!scan.Has(channel.Element!))
                return;
            _readings[i] = new ScmiReading(channel.ValueOf(scan.ValueOf(channel.Element!, bytes)), time);
        }

        sensor.Keep(_readings);
        deliver(_readings);
    }

    public void Dispose() => buffer.Leave(this);
}
