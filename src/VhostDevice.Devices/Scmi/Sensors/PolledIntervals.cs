// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>What sensors that are read at intervals have in common.</summary>
internal static class PolledIntervals
{
    /// <summary>10 ms to 60 s.</summary>
    internal static IReadOnlyList<ScmiInterval> All { get; } =
    [
        new(1, -2), new(2, -2), new(5, -2), new(1, -1), new(2, -1), new(5, -1), new(1, 0), new(2, 0), new(5, 0), new(10, 0), new(60, 0),
    ];

    /// <summary>Nanoseconds since 1970.</summary>
    internal static ulong Now() => HostClocks.Read(HostClock.Realtime, out long now).IsSuccess ? (ulong)now : 0;
}
