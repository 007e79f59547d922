// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// The machine's end of a guest's connections: where those that the guest opens lead to, and where others come from.
/// Belongs to the guest, not to a front-end's connection, and to its loop.
/// </summary>
public interface IVsockHost : IDisposable
{
    /// <summary>Whether connections to this CID are for this host, not for another guest.</summary>
    bool Serves(ulong cid);

    /// <summary>Whether host programs say where they want to go, and are answered ("CONNECT", "OK").</summary>
    bool Greets { get; }

    /// <summary>Whether its SEQPACKET sockets send part of a message when there is no room for all of it, so that only a
    /// thread that waits can send whole ones.</summary>
    bool CutsMessages { get; }

    /// <summary>Whether the end of a connection looks as if the host program could still receive.</summary>
    bool HidesClose { get; }

    /// <summary>Begins to connect for the guest.</summary>
    /// <param name="messages">SEQPACKET instead of a stream.</param>
    /// <param name="target">Gets a connected socket, or one that is being connected with EINPROGRESS.</param>
    /// <returns>EAGAIN: there is no room at the moment, try again a little later.</returns>
    Errno Connect(uint port, bool messages, WatchedFd target);

    /// <summary>Begins to take connections for the guest, on the guest's loop.</summary>
    Errno Start(EventLoop loop, VsockGuest guest);
}
