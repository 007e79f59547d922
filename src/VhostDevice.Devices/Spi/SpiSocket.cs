// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.Metrics;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Spi;

/// <summary>A controller on one socket, with counters that outlive connections.</summary>
internal static class SpiSocket
{
    internal static Func<VirtioDevice> Begin(ISpiController controller, string name, ILogger log, DeviceMeter? meter)
    {
        SpiStatistics statistics = new(controller);
        meter?.Add(name, SpiCounterTable.Of(statistics));
        return () => new SpiDevice(statistics, log);
    }
}
