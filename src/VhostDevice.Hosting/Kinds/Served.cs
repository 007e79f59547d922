// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Daemon;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Hosting.Kinds;

/// <summary>What is served once the host's side is open.</summary>
/// <param name="devicesOf">
/// Called once for each socket; what it makes (a rate limit, statistics) belongs to the socket and outlives connections. The
/// function that it returns makes a device for each connection, on the socket's loop.
/// </param>
public sealed class Served(Func<SocketSeat, Func<VirtioDevice>> devicesOf)
{
    /// <summary>Names of what is served, a socket for each, where <see cref="SocketPlan"/> asks for them.</summary>
    public IReadOnlyList<string>? Parts { get; init; }

    /// <summary>Where to listen instead of the paths that the common options say.</summary>
    public IReadOnlyList<string>? Paths { get; init; }

    /// <summary>The loop of the socket of that index, for devices of which some share something; null: each socket has its own.</summary>
    public Func<int, EventLoop>? LoopOf { get; init; }

    /// <summary>Loops beside each socket's own that serve queues of its device; see <see cref="LoopCrew"/>.</summary>
    public int QueueLoops { get; init; }

    internal Func<SocketSeat, Func<VirtioDevice>> DevicesOf => devicesOf;
}
