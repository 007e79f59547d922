// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.I2c;

/// <summary>The statistics of an i2c socket as counters; those of an address have the tags <c>bus</c> and <c>address</c>.</summary>
public static class I2cCounterTable
{
    /// <summary>What a <see cref="DeviceMeter"/> shows of a socket.</summary>
    public static IReadOnlyList<Counter> Of(I2cStatistics statistics)
    {
        List<Counter> counters =
        [
            new("vhost_device.i2c.transfers", "{transfer}", "Transfers that were tried on a bus", () => statistics.Transfers),
            new("vhost_device.i2c.unknown_address", "{request}", "Requests to addresses that no bus has", () => statistics.UnknownAddress),
            new("vhost_device.i2c.malformed", "{request}", "Requests that made no sense", () => statistics.Malformed),
            new("vhost_device.i2c.cut", "{transfer}", "Transfers that were too long, or whose end did not come", () => statistics.Cut),
        ];
        AddForEachAddress("vhost_device.i2c.messages", "{message}", "Messages that an address acknowledged", static c => c.Messages);
        AddForEachAddress("vhost_device.i2c.errors", "{message}", "Messages that failed", static c => c.Errors);
        AddForEachAddress("vhost_device.i2c.read", "By", "Bytes read from an address", static c => c.BytesRead);
        AddForEachAddress("vhost_device.i2c.written", "By", "Bytes written to an address", static c => c.BytesWritten);
        return counters;

        void AddForEachAddress(string name, string unit, string description, Func<I2cCounters, ulong> read)
        {
            I2cBusSet set = statistics.Set;
            for (int i = 0; i < set.Targets.Count; i++)
            {
                int index = i;
                I2cTarget target = set.Targets[i];
                counters.Add(new Counter(
                    name,
                    unit,
                    description,
                    () => read(statistics.Targets[index]),
                    new("bus", set.Buses[target.BusIndex].Name),
                    new("address", target.ToString())));
            }
        }
    }
}
