// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Fuzz.Ring;

/// <summary>Takes small numbers off an input; zeros once it is used up.</summary>
internal ref struct ScriptReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _bytes = bytes;

    public readonly bool IsEmpty => _bytes.IsEmpty;

    public readonly ReadOnlySpan<byte> Rest => _bytes;

    public byte Byte()
    {
        if (_bytes.IsEmpty)
            return 0;
        byte b = _bytes[0];
        _bytes = _bytes[1..];
        return b;
    }

    public ushort UShort() => (ushort)(Byte() | (Byte() << 8));

    public uint UInt()
    {
        Span<byte> four = [Byte(), Byte(), Byte(), Byte()];
        return BinaryPrimitives.ReadUInt32LittleEndian(four);
    }

    public ScriptReader Take(int count)
    {
        ReadOnlySpan<byte> taken = _bytes[..Math.Min(count, _bytes.Length)];
        _bytes = _bytes[taken.Length..];
        return new ScriptReader(taken);
    }
}
