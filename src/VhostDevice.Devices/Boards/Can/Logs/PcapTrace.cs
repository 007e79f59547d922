// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>A recording as a pcap file with nanoseconds. It does not say which of several buses a frame was on.</summary>
internal sealed class PcapTrace(TraceFile file) : CanFileTrace(file)
{
    protected override void Head()
    {
        Span<byte> head = stackalloc byte[24];
        head.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head, PcapFormat.Nanoseconds);
        // Version 2.4; no zone, no accuracy; the longest packet.
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(head[16..], PcapFormat.MaxPacket);
        BinaryPrimitives.WriteUInt32LittleEndian(head[20..], PcapFormat.LinkType);
        File.Append(head);
    }

    protected override void Write(TimeSpan since, int channel, CanFrame frame)
    {
        Span<byte> record = stackalloc byte[16 + PcapFormat.MaxPacket];
        int length = PcapFormat.Write(frame, record[16..]);
        long ticks = (Started + since - DateTimeOffset.UnixEpoch).Ticks;
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(ticks / TimeSpan.TicksPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)(ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], length);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], length);
        File.Append(record[..(16 + length)]);
    }
}
