// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>What pcap and pcapng files of CAN buses have in common: packets of LINKTYPE_CAN_SOCKETCAN.</summary>
internal static class PcapFormat
{
    internal const ushort LinkType = 227;

    /// <summary>Before the data: identifier with the kernel's flags, big endian; length; flags of FD; two bytes of no interest.</summary>
    internal const int HeadBytes = 8;

    /// <summary>The longest packet.</summary>
    internal const int MaxPacket = HeadBytes + CanFrame.MaxLength;

    internal const uint Microseconds = 0xA1B2_C3D4;
    internal const uint Nanoseconds = 0xA1B2_3C4D;
    internal const uint Section = 0x0A0D_0D0A;

    private const uint Extended = 0x8000_0000;
    private const uint Remote = 0x4000_0000;
    private const uint Error = 0x2000_0000;
    private const byte Fd = 0x04;

    internal static bool IsPcap(ReadOnlySpan<byte> head) =>
        BinaryPrimitives.ReadUInt32LittleEndian(head) is Microseconds or Nanoseconds
        || BinaryPrimitives.ReadUInt32BigEndian(head) is Microseconds or Nanoseconds;

    internal static bool IsPcapNg(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadUInt32LittleEndian(head) == Section;

    /// <summary>Writes a frame, and returns its bytes.</summary>
    internal static int Write(CanFrame frame, Span<byte> packet)
    {
        packet[..HeadBytes].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(packet, frame.Id | (frame.IsExtended ? Extended : 0) | (frame.IsRemote ? Remote : 0));
        packet[4] = (byte)frame.Length;
        packet[5] = frame.IsFd ? Fd : (byte)0;
        if (frame.IsRemote)
            return HeadBytes;
        frame.Data.CopyTo(packet[HeadBytes..]);
        return HeadBytes + frame.Length;
    }

    /// <summary>Reads a packet. False for what is no frame of data or request, or makes no sense.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> packet, out CanFrame frame)
    {
        frame = default;
        if (packet.Length < HeadBytes)
            return false;
        uint id = BinaryPrimitives.ReadUInt32BigEndian(packet);
        int length = packet[4];
        bool isRemote = (id & Remote) != 0;
        bool isFd = (packet[5] & Fd) != 0 || length > CanFrame.MaxClassicLength;
        bool isLength = length <= CanFrame.MaxClassicLength || (isFd && length is 12 or 16 or 20 or 24 or 32 or 48 or 64);
        bool isExtended = (id & Extended) != 0;
        id &= isExtended ? 0x1FFF_FFFFu : 0x7FF;
        if ((BinaryPrimitives.ReadUInt32BigEndian(packet) & Error) != 0 || !isLength || (isFd && isRemote))
            return false;
        if (!isRemote && packet.Length < HeadBytes + length)
            return false;
        frame = new CanFrame(id, length, isExtended, isRemote, isFd);
        if (!isRemote)
            packet.Slice(HeadBytes, length).CopyTo(frame.Data);
        return true;
    }
}
