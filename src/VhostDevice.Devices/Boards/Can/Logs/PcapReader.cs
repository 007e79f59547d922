// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>A pcap file of one CAN interface, with micro- or nanoseconds and of either byte order.</summary>
internal sealed class PcapReader : CanLogReader
{
    private const int HeadBytes = 24;
    private const int RecordBytes = 16;

    // Of any packet that a capture may have.
    private const uint MaxPacket = 1 << 18;

    private readonly BinaryInput _input;
    private readonly bool _hasNanoseconds;

    internal PcapReader(Stream stream, string name)
    {
        _input = new BinaryInput(stream, name);
        Span<byte> head = stackalloc byte[HeadBytes];
        _ = _input.TryFill(head, mayEnd: false);
        _input.IsBigEndian = head[0] == 0xA1;
        _hasNanoseconds = _input.Number(head) == PcapFormat.Nanoseconds;
        uint type = _input.Number(head[20..]) & 0x0FFF_FFFF;
        if (type != PcapFormat.LinkType)
            throw new CanLogException($"{name} has packets of type {type}, and not of CAN ({PcapFormat.LinkType})");
    }

    internal override bool TryRead(out CanLogEntry entry)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        Span<byte> packet = stackalloc byte[PcapFormat.MaxPacket];
        entry = default;
        while (_input.TryFill(record, mayEnd: true))
        {
            uint length = _input.Number(record[8..]);
            if (length > MaxPacket)
                throw _input.Wrong($"a packet of {length} bytes");
            int read = (int)Math.Min(length, (uint)packet.Length);
            _ = _input.TryFill(packet[..read], mayEnd: false);
            _input.Skip(length - (uint)read);
            if (!PcapFormat.TryRead(packet[..read], out CanFrame frame))
                continue;
            long fraction = _input.Number(record[4..]);
            long time = (_input.Number(record) * LogTime.PerSecond) + (_hasNanoseconds ? fraction : 1000 * fraction);
            entry = new CanLogEntry(time, "", frame);
            return true;
        }

        return false;
    }
}
