// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Hosting.Daemon;

/// <summary>The daemon around the devices, for host sides whose sockets come and go while it serves.</summary>
public interface IDaemon
{
    /// <summary>The loop of each socket.</summary>
    IReadOnlyList<EventLoop> Loops { get; }

    /// <summary>The loops that serve queues of the first socket's device with it, if there are such.</summary>
    LoopCrew? Crew { get; }

    /// <summary>Listens at a path and serves one more socket there. On the loop that all sockets share.</summary>
    /// <param name="option">What names the path, for messages.</param>
    /// <param name="devices">As <see cref="Kinds.Served"/> has it.</param>
    /// <exception cref="StartupException">It cannot be served.</exception>
    void Add(string path, string option, Func<SocketSeat, Func<VirtioDevice>> devices);

    /// <summary>Ends the service of a socket: its connections, then the socket itself. On the loop that all sockets share.</summary>
    /// <returns>False when there is none of that name.</returns>
    bool Remove(string path);
}
