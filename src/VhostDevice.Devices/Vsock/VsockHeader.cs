// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Vsock;

/// <summary>The head of every packet (<c>struct virtio_vsock_hdr</c>, virtio 1.3 §5.10.6), little endian.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct VsockHeader
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 44;

    public ulong SourceCid;
    public ulong DestinationCid;
    public uint SourcePort;
    public uint DestinationPort;

    /// <summary>Bytes of payload that follow.</summary>
    public uint Length;

    /// <summary><see cref="VsockType"/>.</summary>
    public ushort Type;

    /// <summary><see cref="VsockOp"/>.</summary>
    public ushort Op;

    /// <summary><see cref="VsockFlags"/>, which depend on the op.</summary>
    public uint Flags;

    /// <summary>Bytes that the sender's buffer of this connection holds in all.</summary>
    public uint BufferSize;

    /// <summary>Bytes that went through that buffer since the connection was made, modulo 2^32.</summary>
    public uint Forwarded;
}
