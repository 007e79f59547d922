// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.Console.Ports;

/// <summary>The statistics of a port as counters, with the tag <c>port</c>.</summary>
internal static class PortCounterTable
{
    internal static IReadOnlyList<Counter> Of(ConsolePort port)
    {
        return
        [
            Made("from_guest", "Bytes that the guest wrote", static s => s.FromGuest),
            Made("to_guest", "Bytes that the guest got", static s => s.ToGuest),
            Made("lost", "Bytes of either direction that nobody got", static s => s.Lost),
        ];

        Counter Made(string name, string description, Func<PortStatistics, ulong> read) =>
            new("vhost_device.console." + name, "By", description, () => read(port.Statistics), new KeyValuePair<string, object?>("port", port.Name));
    }
}
