// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Daemon;

/// <summary>How a device's sockets are run, whatever the device.</summary>
/// <param name="Device">The device's name, for metrics.</param>
/// <param name="PollTime">How long the loops busy-poll before they sleep; 0: not at all.</param>
/// <param name="MetricsSocket">Where metrics are told; null: nowhere.</param>
/// <param name="OffersIommu">Whether guests may have the device behind an IOMMU.</param>
/// <param name="Access">Who may connect to sockets that are added later; null: as the umask says.</param>
internal sealed record HostingOptions(string Device, TimeSpan PollTime, string? MetricsSocket, bool OffersIommu, SocketAccess? Access)
{
    /// <summary>The loop of the socket of that index, for devices of which some share something; null: each socket has its own.</summary>
    internal Func<int, EventLoop>? LoopOf { get; init; }

    /// <summary>Loops beside each socket's own that serve queues of its device; see <see cref="LoopCrew"/>.</summary>
    internal int QueueLoops { get; init; }
}
