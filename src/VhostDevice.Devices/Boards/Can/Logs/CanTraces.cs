// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Recording;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>The formats of recordings that have frames of CAN buses alone.</summary>
internal static class CanTraces
{
    internal static IReadOnlyList<TraceFormat> Formats { get; } =
    [
        new(".log", static (file, _) => new CandumpTrace(file)),
        new(".asc", static (file, _) => new AscTrace(file)),
        new(".pcap", static (file, _) => new PcapTrace(file)),
        new(".pcapng", static (file, _) => new PcapNgTrace(file)),
    ];
}
