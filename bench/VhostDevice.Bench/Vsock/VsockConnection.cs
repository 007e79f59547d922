// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Vsock;

/// <summary>A guest's socket, connected to a port of the host.</summary>
/// <param name="index">Its number among those of the load.</param>
internal sealed class VsockConnection(int index)
{
    /// <summary>What Linux announces for a socket, in bytes.</summary>
    internal const uint BufferSpace = 256 << 10;

    // Linux tells of its free space when less than this is known to be left.
    private const uint UpdateBelow = 64 << 10;

    private uint _announced;

    internal int Index => index;

    internal uint GuestPort { get; set; }

    internal bool IsOpen { get; set; }

    /// <summary>When the last request left, for whoever measures.</summary>
    internal long SentAt { get; set; }

    /// <summary>Payload bytes sent, and those that the peer has room for, modulo 2^32 (virtio 1.3 §5.10.6.3).</summary>
    internal uint Sent { get; set; }

    internal uint PeerSpace { get; set; }

    internal uint PeerForwarded { get; set; }

    internal uint Received { get; set; }

    internal uint Credit => PeerSpace - (Sent - PeerForwarded);

    internal bool MustTell => BufferSpace - (Received - _announced) < UpdateBelow;

    internal void Begin(uint guestPort)
    {
        GuestPort = guestPort;
        IsOpen = false;
        Sent = PeerSpace = PeerForwarded = Received = _announced = 0;
    }

    /// <summary>A packet says how far the guest has come.</summary>
    internal uint Announce() => _announced = Received;
}
