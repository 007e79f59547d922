// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>The device's side of a split virtqueue (virtio 1.3 §2.7).</summary>
internal sealed class DeviceModel(FrontEndMemory memory, SplitRingPlacement ring, int size, bool eventIdx, ushort start) : IDeviceModel
{
    private readonly byte[] _scratch = new byte[16];
    private ushort _next = start;
    private ushort _usedIndex = start;
    private ushort _signalled = start;

    /// <summary>Chains that the driver has published and this device has not taken.</summary>
    public int Available => (ushort)(Read16(ring.Available + 2) - _next);

    public uint Base => _next;

    /// <summary>Takes the next chain's head, and its pieces if asked.</summary>
    public ushort Take(List<Piece>? pieces)
    {
        ushort head = Read16(ring.Available + 4 + (ulong)(2 * (_next % size)));
        _next++;
        if (pieces is not null)
            Walk(ring.Descriptors, size, head, false, pieces);
        return head;
    }

    /// <summary>Gives a chain back; visible after <see cref="PublishUsed"/>.</summary>
    public void Use(uint id, uint length)
    {
        ulong at = ring.Used + 4 + (ulong)(8 * (_usedIndex % size));
        Write32(at, id);
        Write32(at + 4, length);
        _usedIndex++;
    }

    public void PublishUsed()
    {
        Interlocked.MemoryBarrier();
        Write16(ring.Used + 2, _usedIndex);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Whether the driver wants an interrupt for what was published since this was asked last (§2.7.7.2).</summary>
    public bool DriverWantsInterrupt()
    {
        ushort before = _signalled;
        _signalled = _usedIndex;
        if (before == _usedIndex)
            return false;
        if (!eventIdx)
            return (Read16(ring.Available) & 1) == 0;
        ushort wanted = Read16(ring.Available + 4 + (ulong)(2 * size));
        for (ushort i = before; i != _usedIndex; i++)
        {
            if (i == wanted)
                return true;
        }

        return false;
    }

    /// <summary>Asks for a kick at the next chain; returns whether one is there already (§2.7.10.1).</summary>
    public bool AskForKick()
    {
        if (eventIdx)
            Write16(ring.Used + 4 + (ulong)(8 * size), _next);
        else
            Write16(ring.Used, 0);
        Interlocked.MemoryBarrier();
        return Available > 0;
    }

    public void RefuseKicks()
    {
        // With EVENT_IDX silence means an event that lies behind.
        if (eventIdx)
            Write16(ring.Used + 4 + (ulong)(8 * size), (ushort)(_next - 1));
        else
            Write16(ring.Used, 1);
    }

    private void Walk(ulong table, int entries, ushort at, bool inTable, List<Piece> pieces)
    {
        for (int n = 0; n < entries; n++)
        {
            memory.Read(table + (16UL * at), _scratch);
            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(_scratch);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(_scratch.AsSpan(8));
            ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(_scratch.AsSpan(12));
            ushort next = BinaryPrimitives.ReadUInt16LittleEndian(_scratch.AsSpan(14));
            if ((flags & 4) != 0)
            {
                if (inTable || (flags & 3) != 0 || length % 16 != 0)
                    throw new InvalidOperationException($"a bad indirect descriptor: flags {flags}, length {length}");
                Walk(address, (int)(length / 16), 0, true, pieces);
                return;
            }

            pieces.Add(new Piece(address, length, (flags & 2) != 0, inTable));
            if ((flags & 1) == 0)
                return;
            at = next;
        }

        throw new InvalidOperationException("a chain without an end");
    }

    private ushort Read16(ulong address)
    {
        Interlocked.MemoryBarrier();
        return BinaryPrimitives.ReadUInt16LittleEndian(memory.Span(address, 2));
    }

    private void Write16(ulong address, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(memory.Span(address, 2), value);

    private void Write32(ulong address, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(memory.Span(address, 4), value);
}
