// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>A format of recordings, besides text and waves.</summary>
/// <param name="End">What the names of such files end in: <c>.pcap</c>.</param>
/// <param name="Make">Makes the trace, which owns the file; gets its path, too.</param>
public sealed record TraceFormat(string End, Func<TraceFile, string, ITrace> Make);
