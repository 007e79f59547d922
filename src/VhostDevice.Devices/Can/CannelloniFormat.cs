// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>
/// The datagrams of cannelloni, version 2: a head of five bytes (version, kind, sequence number, number of frames), then frames: the
/// identifier with the kernel's flags, big endian; the length, with its highest bit set for FD; a byte of flags for FD; the data,
/// which requests have none of.
/// </summary>
internal static class CannelloniFormat
{
    internal const int HeadBytes = 5;

    /// <summary>The longest frame.</summary>
    internal const int MaxFrame = 6 + CanFrame.MaxLength;

    private const byte Version = 2;
    private const byte Data = 0;
    private const uint Extended = 0x8000_0000;
    private const uint Remote = 0x4000_0000;
    private const uint Error = 0x2000_0000;
    private const byte Fd = 0x80;

    internal static void WriteHead(Span<byte> target, byte sequence, int frames)
    {
        target[0] = Version;
        target[1] = Data;
        target[2] = sequence;
        BinaryPrimitives.WriteUInt16BigEndian(target[3..], (ushort)frames);
    }

    /// <summary>Writes a frame, and returns its bytes.</summary>
    internal static int WriteFrame(CanFrame frame, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, frame.Id | (frame.IsExtended ? Extended : 0) | (frame.IsRemote ? Remote : 0));
        target[4] = (byte)(frame.Length | (frame.IsFd ? Fd : 0));
        int at = 5;
        if (frame.IsFd)
            target[at++] = 0;
        if (frame.IsRemote)
            return at;
        frame.Data.CopyTo(target[at..]);
        return at + frame.Length;
    }

    /// <summary>Reads the head of a datagram. False: it is none of these.</summary>
    internal static bool TryReadHead(ref ReadOnlySpan<byte> datagram, out int frames)
    {
        frames = 0;
        if (datagram.Length < HeadBytes || datagram[0] != Version || datagram[1] != Data)
            return false;
        frames = BinaryPrimitives.ReadUInt16BigEndian(datagram[3..]);
        datagram = datagram[HeadBytes..];
        return true;
    }

    /// <summary>Reads the next frame. False: the rest of the datagram makes no sense.</summary>
    /// <param name="isUseful">It is a frame of data or request, and one that there can be.</param>
    internal static bool TryReadFrame(ref ReadOnlySpan<byte> rest, out CanFrame frame, out bool isUseful)
    {
        frame = default;
        isUseful = false;
        if (rest.Length < 5)
            return false;
        uint id = BinaryPrimitives.ReadUInt32BigEndian(rest);
        bool isFd = (rest[4] & Fd) != 0, isRemote = (id & Remote) != 0, isExtended = (id & Extended) != 0;
        int length = rest[4] & ~Fd, head = isFd ? 6 : 5, data = isRemote ? 0 : length;
        if (length > CanFrame.MaxLength || rest.Length < head + data)
            return false;
        bool isLength = isFd ? length <= 8 || length is 12 or 16 or 20 or 24 or 32 or 48 or 64 : length <= CanFrame.MaxClassicLength;
        isUseful = isLength && (id & Error) == 0 && !(isFd && isRemote);
        if (isUseful)
        {
            frame = new CanFrame(id & (isExtended ? 0x1FFF_FFFFu : 0x7FF), length, isExtended, isRemote, isFd);
            rest.Slice(head, data).CopyTo(frame.Data);
        }

        rest = rest[(head + data)..];
        return true;
    }
}
