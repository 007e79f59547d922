// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary>What tells a guest's connections apart: the other end, and the guest's port. (Its own CID is always the same.)</summary>
/// <param name="Type">A stream and a SEQPACKET connection may have the same ports.</param>
internal readonly record struct VsockKey(ulong PeerCid, uint PeerPort, uint GuestPort, ushort Type)
{
    internal static VsockKey FromGuest(in VsockHeader header) => new(header.DestinationCid, header.DestinationPort, header.SourcePort, header.Type);

    internal static VsockKey ToGuest(in VsockHeader header) => new(header.SourceCid, header.SourcePort, header.DestinationPort, header.Type);
}
