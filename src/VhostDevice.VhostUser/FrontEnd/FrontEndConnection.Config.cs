// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>The config space, and requests of single device types.</content>
public sealed partial class FrontEndConnection
{
    /// <summary>GET_CONFIG (needs <see cref="ProtocolFeatures.Config"/>).</summary>
    /// <param name="offset">First byte of the config space.</param>
    /// <param name="size">Bytes wanted; QEMU asks for at most 256.</param>
    /// <returns>The bytes, or null when the back-end refused (it then answers with an empty payload).</returns>
    public byte[]? GetConfig(uint offset, uint size, ConfigFlags flags = ConfigFlags.Writable)
    {
        Ask(FrontEndRequest.GetConfig, ConfigPayload(offset, flags, new byte[size]));
        ReadOnlySpan<byte> payload = _socket.Payload;
        if (payload.Length == 0)
            return null;
        if (payload.Length < ConfigHeader.HeaderSize)
            throw BadReply(FrontEndRequest.GetConfig, $"has only {payload.Length} bytes of payload");
        ConfigHeader head = MemoryMarshal.Read<ConfigHeader>(payload);
        // Some back-ends refuse with the header alone, its size set to 0.
        if (payload.Length == ConfigHeader.HeaderSize && head.Size == 0 && size != 0)
            return null;
        if (head.Offset != offset || head.Size != size || payload.Length != ConfigHeader.HeaderSize + size)
            throw BadReply(
                FrontEndRequest.GetConfig,
                $"has {payload.Length - ConfigHeader.HeaderSize} bytes for offset {head.Offset} and size {head.Size} instead of {offset} and {size}");
        return payload[ConfigHeader.HeaderSize..].ToArray();
    }

    /// <summary>SET_CONFIG (needs <see cref="ProtocolFeatures.Config"/>).</summary>
    public Ack SetConfig(uint offset, ReadOnlySpan<byte> content, ConfigFlags flags = ConfigFlags.Writable) =>
        Tell(FrontEndRequest.SetConfig, ConfigPayload(offset, flags, content));

    /// <summary>
    /// SEND_RARP (needs <see cref="ProtocolFeatures.Rarp"/>), network devices: the guest's address is the first 6 bytes
    /// of the payload.
    /// </summary>
    public Ack SendRarp(ReadOnlySpan<byte> macAddress)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(macAddress.Length, 6);
        Span<byte> payload = stackalloc byte[8];
        payload.Clear();
        macAddress.CopyTo(payload);
        return Tell(FrontEndRequest.SendRarp, payload);
    }

    /// <summary>NET_SET_MTU (needs <see cref="ProtocolFeatures.Mtu"/>), network devices: bytes.</summary>
    public Ack NetSetMtu(ulong mtu) => Tell(FrontEndRequest.NetSetMtu, in mtu);

    /// <summary>GPU_SET_SOCKET: the display channel of graphics devices (vhost-user-gpu specification).</summary>
    public Ack GpuSetSocket(int socket) => Tell(FrontEndRequest.GpuSetSocket, default, [socket]);

    /// <summary>CREATE_CRYPTO_SESSION: both descriptions are opaque here, their layout depends on the peer's version.</summary>
    public byte[] CreateCryptoSession(ReadOnlySpan<byte> description)
    {
        Ask(FrontEndRequest.CreateCryptoSession, description);
        return _socket.Payload.ToArray();
    }

    /// <summary>CLOSE_CRYPTO_SESSION.</summary>
    public Ack CloseCryptoSession(ulong session) => Tell(FrontEndRequest.CloseCryptoSession, in session);

    private static byte[] ConfigPayload(uint offset, ConfigFlags flags, ReadOnlySpan<byte> content)
    {
        ConfigHeader head = new() { Offset = offset, Size = (uint)content.Length, Flags = (uint)flags };
        return [.. Bytes(in head), .. content];
    }
}
