// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;

namespace VhostDevice.TestKit.Vsock;

/// <summary>A packet that the guest got, or sends.</summary>
public sealed record VsockPacket(VsockHeader Header, byte[] Data)
{
    public ushort Op => Header.Op;

    public override string ToString() =>
        $"op {Header.Op} type {Header.Type} {Header.SourceCid}:{Header.SourcePort} -> "
            + $"{Header.DestinationCid}:{Header.DestinationPort} len {Header.Length} flags {Header.Flags} buf "
            + $"{Header.BufferSize} fwd {Header.Forwarded}";
}
