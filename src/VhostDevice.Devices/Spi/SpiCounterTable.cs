// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.Spi;

/// <summary>The statistics of an spi socket as counters; those of a chip have the tags <c>bus</c> and <c>chip_select</c>.</summary>
public static class SpiCounterTable
{
    /// <summary>What a <see cref="DeviceMeter"/> shows of a socket.</summary>
    public static IReadOnlyList<Counter> Of(SpiStatistics statistics)
    {
        List<Counter> counters =
        [
            new("vhost_device.spi.refused", "{request}", "Requests that the controller cannot make", () => statistics.Refused),
            new("vhost_device.spi.too_long", "{request}", "Requests that were longer than a transfer can be", () => statistics.TooLong),
        ];
        AddForEachChip("vhost_device.spi.transfers", "{transfer}", "Transfers that were made", static c => c.Transfers);
        AddForEachChip("vhost_device.spi.errors", "{transfer}", "Transfers that failed", static c => c.Errors);
        AddForEachChip("vhost_device.spi.sent", "By", "Bytes sent to a chip", static c => c.BytesSent);
        AddForEachChip("vhost_device.spi.received", "By", "Bytes received from a chip", static c => c.BytesReceived);
        return counters;

        void AddForEachChip(string name, string unit, string description, Func<SpiCounters, ulong> read)
        {
            for (int i = 0; i < statistics.Chips.Length; i++)
            {
                int index = i;
                counters.Add(new Counter(
                    name,
                    unit,
                    description,
                    () => read(statistics.Chips[index]),
                    new("bus", statistics.Controller.Name),
                    new("chip_select", index.ToString(CultureInfo.InvariantCulture))));
            }
        }
    }
}
