// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.Tests.Boards.Bells;

/// <summary>What guests of one socket did with bells.</summary>
public sealed class BellCounts
{
    public ulong Struck { get; set; }

    public ulong Waiting { get; set; }

    public IReadOnlyList<Counter> Table =>
    [
        new("vhost_device.bell.struck", "{stroke}", "Strokes by the guest", () => Struck),
        new(
            "vhost_device.bell.waiting",
            "{stroke}",
            "Strokes that the guest has not heard yet",
            () => Waiting,
            [new("ear", "left")]) { IsLevel = true },
    ];
}
