// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Bench.Vsock;

/// <summary><c>struct virtio_vsock_hdr</c>; little-endian, as the machines are that this runs on.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct VsockHeader
{
    internal const int Bytes = 44;
    internal const ushort Stream = 1;

    internal ulong SourceCid;
    internal ulong DestinationCid;
    internal uint SourcePort;
    internal uint DestinationPort;
    internal uint Length;
    internal ushort Type;
    internal VsockOp Op;
    internal uint Flags;
    internal uint BufferSpace;
    internal uint Forwarded;
}
