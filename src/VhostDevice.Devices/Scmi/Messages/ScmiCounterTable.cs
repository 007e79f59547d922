// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>The statistics of a scmi socket as counters.</summary>
public static class ScmiCounterTable
{
    /// <summary>What a <see cref="DeviceMeter"/> shows of a socket.</summary>
    public static IReadOnlyList<Counter> Of(ScmiStatistics statistics)
    {
        return
        [
            Made("answered", "{command}", "Commands that were done", static s => s.Answered),
            Made("refused", "{command}", "Commands that were answered with an error", static s => s.Refused),
            Made("reported", "{notification}", "Notifications that the guest got", static s => s.Reported),
            Made("merged", "{notification}", "Notifications that a newer one replaced before there was a buffer", static s => s.Merged),
            Made("lost", "{notification}", "Notifications lost because the guest had no buffer for too long", static s => s.Lost),
            Made("too_small", "{notification}", "Notifications lost because the driver's buffer was too small", static s => s.TooSmall),
        ];

        Counter Made(string name, string unit, string description, Func<ScmiStatistics, ulong> read) =>
            new("vhost_device.scmi." + name, unit, description, () => read(statistics));
    }
}
