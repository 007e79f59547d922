// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Ring;

/// <summary>The driver's steps: it writes into the ring and into its memory whatever the script says.</summary>
internal sealed unsafe class HostileDriver(GuestLayout guest, ushort size, bool packed)
{
    private ushort _offered;

    public required RingLayout Layout { get; set; }

    public ushort UsedIndex => Unsafe.ReadUnaligned<ushort>(Ring(Layout.Used + 2));

    /// <summary>The next offers go on from here.</summary>
    public void Restart(ushort start) => _offered = start;

    public void WriteDescriptor(ref ScriptReader script) =>
        WriteDescriptor(Ring(Layout.Descriptors + (16 * (script.Byte() % size))), ref script);

    /// <summary>A descriptor at some place of memory: part of an indirect table, or of nothing.</summary>
    public void WriteTable(ref ScriptReader script)
    {
        int at = script.UShort() % (0x4800 - 16);
        SplitDescriptor d;
        WriteDescriptor((byte*)&d, ref script);
        for (int i = 0; i < 16; i++)
            Poke(at + i, ((byte*)&d)[i]);
    }

    public void Offer(byte head)
    {
        if (packed)
        {
            // From new to available in the first lap, from used to available in the next one.
            byte* flags = Ring(Layout.Descriptors + (16 * (head % size)) + 14);
            *flags ^= (byte)PackedDescriptor.Available;
            return;
        }

        Unsafe.WriteUnaligned(Ring(Layout.Available + 4 + (2 * (_offered & (size - 1)))), (ushort)head);
        SetAvailableIndex(++_offered);
    }

    /// <summary>In a packed ring, which has no index: a descriptor's flags.</summary>
    public void SetAvailableIndex(ushort index)
    {
        if (packed)
            Unsafe.WriteUnaligned(Ring(Layout.Descriptors + (16 * ((byte)index % size)) + 14), (ushort)((index >> 8) * 0x101));
        else
            Unsafe.WriteUnaligned(Ring(Layout.Available + 2), index);
    }

    public void SetWishes(ref ScriptReader script)
    {
        ushort flags = script.Byte();
        ushort wanted = script.UShort();
        Unsafe.WriteUnaligned(Ring(Layout.Available + (packed ? 2 : 0)), flags);
        Unsafe.WriteUnaligned(Ring(Layout.Available + (packed ? 0 : 4 + (2 * size))), wanted);
    }

    /// <summary>One byte by guest address, in the three regions that are neighbours.</summary>
    public void Poke(int address, byte value)
    {
        for (int region = 0; region < 3; region++)
        {
            Span<byte> bytes = guest.Of(region).Bytes;
            if (address < bytes.Length)
            {
                if (guest.IsMapped(region))
                    bytes[address] = value;
                return;
            }

            address -= bytes.Length;
        }
    }

    private void WriteDescriptor(byte* at, ref ScriptReader script)
    {
        ReadOnlySpan<uint> lengths = [0, 1, 15, 16, 17, 32, 0x800, 0x1000, 0x3000, 0x4800, 0x7fffffff, 0x80000000, 0xfffffff0, uint.MaxValue];
        byte landmark = script.Byte();
        ulong address = GuestLayout.Landmarks[landmark & 15] + (ulong)(landmark >> 4);
        byte length = script.Byte();
        uint bytes = length < 0xe0 ? length : lengths[length % lengths.Length];
        byte flags = script.Byte();
        byte next = script.Byte();
        if (packed)
        {
            // Bit 7 is AVAIL as it stands; bit 6 means USED. Ids beyond the ring are among them.
            ushort all = (ushort)(flags | ((flags & 0x40) != 0 ? PackedDescriptor.Used : 0));
            Unsafe.WriteUnaligned(at, new PackedDescriptor { Address = address, Length = bytes, Id = next, Flags = all });
        }
        else
        {
            Unsafe.WriteUnaligned(at, new SplitDescriptor { Address = address, Length = bytes, Flags = (DescriptorFlags)flags, Next = next });
        }
    }

    private byte* Ring(int offset) => guest.Of(Layout.Region).Address + offset;
}
