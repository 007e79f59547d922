// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary>What a connection did when it was its turn to send to the guest.</summary>
internal enum PumpResult
{
    /// <summary>It has nothing more for now.</summary>
    Idle,

    /// <summary>It could send more; others first.</summary>
    More,

    /// <summary>The guest has no receive buffer left.</summary>
    Starved,
}

/// <summary>One connection of a guest, with whatever is at its other end. Used again for later ones.</summary>
/// <param name="cid">The guest's.</param>
internal abstract class VsockFlow(ulong cid)
{
    internal VsockKey Key { get; set; }

    /// <summary>Whether the guest knows the connection: <see cref="FlowTable"/> has it, and says so here.</summary>
    internal bool IsListed { get; set; }

    /// <summary>Whether it waits for its turn to send to the guest.</summary>
    internal bool IsReady { get; set; }

    /// <summary>The one behind it in that line.</summary>
    internal VsockFlow? NextReady { get; set; }

    /// <summary>Sends what there is to the guest, until it has had its share.</summary>
    internal abstract PumpResult Pump(RxWriter rx);

    /// <summary>The head of a packet to the guest, without length and credit.</summary>
    protected VsockHeader HeaderOf(ushort op) => new()
    {
        SourceCid = Key.PeerCid,
        DestinationCid = cid,
        SourcePort = Key.PeerPort,
        DestinationPort = Key.GuestPort,
        Type = Key.Type,
        Op = op,
    };
}
