// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>A recording as a pcapng file, whose interfaces are the buses.</summary>
internal sealed class PcapNgTrace(TraceFile file) : CanFileTrace(file)
{
    private const int SectionBytes = 28;

    // Around a block's body: type and length, and the length again.
    private const int Around = 12;

    protected override void Head()
    {
        Span<byte> section = stackalloc byte[SectionBytes];
        Begin(section, PcapFormat.Section);
        BinaryPrimitives.WriteUInt32LittleEndian(section[8..], 0x1A2B_3C4D);
        // Version 1.0, and no length of the section.
        BinaryPrimitives.WriteUInt32LittleEndian(section[12..], 1);
        section[16..24].Fill(0xFF);
        File.Append(section);
        foreach (string bus in Buses)
            Interface(bus);
    }

    protected override void Write(TimeSpan since, int channel, CanFrame frame)
    {
        const int head = 20;
        Span<byte> packet = stackalloc byte[PcapFormat.MaxPacket];
        packet.Clear();
        int length = PcapFormat.Write(frame, packet), padded = (length + 3) & ~3;
        Span<byte> block = stackalloc byte[Around + head + PcapFormat.MaxPacket];
        block = block[..(Around + head + padded)];
        Begin(block, 6);
        ulong nanoseconds = (ulong)(Started + since - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        BinaryPrimitives.WriteInt32LittleEndian(block[8..], channel);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], (uint)(nanoseconds >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(block[16..], (uint)nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(block[20..], length);
        BinaryPrimitives.WriteInt32LittleEndian(block[24..], length);
        packet[..padded].CopyTo(block[28..]);
        File.Append(block);
    }

    private void Interface(string bus)
    {
        byte[] name = Encoding.UTF8.GetBytes(bus);
        int padded = (name.Length + 3) & ~3;
        // Type and longest packet; options: name, resolution, end.
        byte[] block = new byte[Around + 8 + 4 + padded + 8 + 4];
        Begin(block, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(8), PcapFormat.LinkType);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(12), PcapFormat.MaxPacket);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(16), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(18), (ushort)name.Length);
        name.CopyTo(block, 20);
        Span<byte> rest = block.AsSpan(20 + padded);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, 9);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], 1);
        // Nanoseconds.
        rest[4] = 9;
        File.Append(block);
    }

    private static void Begin(Span<byte> block, uint type)
    {
        block.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(block, type);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], block.Length);
        BinaryPrimitives.WriteInt32LittleEndian(block[^4..], block.Length);
    }
}
