// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>The device's side of a packed virtqueue (virtio 1.3 §2.8).</summary>
internal sealed class PackedDeviceModel : IDeviceModel
{
    private const int AvailBit = 1 << 7;
    private const int UsedBit = 1 << 15;

    private readonly FrontEndMemory _memory;
    private readonly PackedRingPlacement _ring;
    private readonly int _size;
    private readonly bool _eventIdx;
    private readonly byte[] _scratch = new byte[16];
    private readonly Dictionary<uint, int> _lengths = [];
    private readonly List<(ulong Address, ushort Flags)> _unpublished = [];

    // Places counted on and on; the lap says the wrap counter: odd laps have 1.
    private long _next;
    private long _used;
    private long _signalled;

    internal PackedDeviceModel(FrontEndMemory memory, PackedRingPlacement ring, int size, bool eventIdx, ushort start)
    {
        (_memory, _ring, _size, _eventIdx) = (memory, ring, size, eventIdx);
        _next = _used = _signalled = (start & 0x7fff) + (start >= 0x8000 ? size : 2L * size);
    }

    public int Available
    {
        get
        {
            int count = 0;
            for (long at = _next; at < _used + _size && IsAvailable(at); count++)
                at += Count(at);
            return count;
        }
    }

    public uint Base => (uint)Bits(_next) | ((uint)Bits(_used) << 16);

    public ushort Take(List<Piece>? pieces)
    {
        Assert.True(IsAvailable(_next));
        int count = Count(_next);
        ushort id = 0;
        for (int i = 0; i < count; i++, _next++)
        {
            Assert.True(IsAvailable(_next), "a descriptor of a chain is not marked");
            ushort flags = Flags(_next);
            id = BinaryPrimitives.ReadUInt16LittleEndian(_scratch.AsSpan(12));
            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(_scratch);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(_scratch.AsSpan(8));
            if ((flags & 4) == 0)
                pieces?.Add(new Piece(address, length, (flags & 2) != 0, false));
            else if (count != 1 || length % 16 != 0)
                throw new InvalidOperationException($"a bad indirect descriptor: {count} in a list, length {length}");
            else
                Walk(address, (int)(length / 16), pieces);
        }

        _lengths.Add(id, count);
        return id;
    }

    public void Use(uint id, uint length)
    {
        ulong at = Address(_used);
        BinaryPrimitives.WriteUInt32LittleEndian(_memory.Span(at + 8, 4), length);
        BinaryPrimitives.WriteUInt16LittleEndian(_memory.Span(at + 12, 2), (ushort)id);
        _unpublished.Add((at + 14, (ushort)((Wrap(_used) ? AvailBit | UsedBit : 0) | (length > 0 ? 2 : 0))));
        _used += _lengths.Remove(id, out int count) ? count : 1;
    }

    public void PublishUsed()
    {
        // The first last.
        for (int i = _unpublished.Count - 1; i >= 0; i--)
        {
            Interlocked.MemoryBarrier();
            BinaryPrimitives.WriteUInt16LittleEndian(_memory.Span(_unpublished[i].Address, 2), _unpublished[i].Flags);
        }

        _unpublished.Clear();
        Interlocked.MemoryBarrier();
    }

    public bool DriverWantsInterrupt()
    {
        long before = _signalled;
        _signalled = _used;
        ushort flags = Read16(_ring.DriverEvent + 2);
        if (before == _used || flags == 1)
            return false;
        if (!_eventIdx || flags != 2)
            return true;
        ushort wanted = Read16(_ring.DriverEvent);
        for (long i = before; i < _used; i++)
        {
            if (Bits(i) == wanted)
                return true;
        }

        return false;
    }

    public bool AskForKick()
    {
        if (_eventIdx)
            Write16(_ring.DeviceEvent, Bits(_next));
        Write16(_ring.DeviceEvent + 2, (ushort)(_eventIdx ? 2 : 0));
        Interlocked.MemoryBarrier();
        return Available > 0;
    }

    public void RefuseKicks() => Write16(_ring.DeviceEvent + 2, 1);

    private void Walk(ulong table, int entries, List<Piece>? pieces)
    {
        for (int i = 0; i < entries; i++)
        {
            _memory.Read(table + (16UL * (ulong)i), _scratch);
            ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(_scratch.AsSpan(14));
            if ((flags & ~2) != 0)
                throw new InvalidOperationException($"flags {flags} in a table");
            pieces?.Add(new Piece(
                BinaryPrimitives.ReadUInt64LittleEndian(_scratch), BinaryPrimitives.ReadUInt32LittleEndian(_scratch.AsSpan(8)), flags != 0, true));
        }
    }

    private bool Wrap(long at) => at / _size % 2 == 1;

    private ushort Bits(long at) => (ushort)((at % _size) | (Wrap(at) ? 0x8000L : 0));

    private ulong Address(long at) => _ring.Ring + (16UL * (ulong)(at % _size));

    private ushort Flags(long at)
    {
        Interlocked.MemoryBarrier();
        _memory.Read(Address(at), _scratch);
        return BinaryPrimitives.ReadUInt16LittleEndian(_scratch.AsSpan(14));
    }

    private bool IsAvailable(long at) => (Flags(at) & (AvailBit | UsedBit)) == (Wrap(at) ? AvailBit : UsedBit);

    private int Count(long at)
    {
        int count = 1;
        while ((Flags(at++) & 1) != 0)
            Assert.InRange(++count, 2, _size);
        return count;
    }

    private ushort Read16(ulong address) => BinaryPrimitives.ReadUInt16LittleEndian(_memory.Span(address, 2));

    private void Write16(ulong address, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_memory.Span(address, 2), value);
}
