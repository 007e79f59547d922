// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Fuzz.Modes;

/// <summary>Makes an input that is a little different from another one.</summary>
internal sealed class Mutator(Random random, int mostBytes)
{
    private static readonly ulong[] s_interesting =
        [
            0, 1, 2, 15, 16, 17, 0x7f, 0x80, 0xff, 0x100, 0xfff, 0x1000, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
            0x80000000, 0xffffffff, ulong.MaxValue,
        ];

    private byte[] _bytes = new byte[mostBytes];
    private byte[] _spare = new byte[mostBytes];
    private int _length;

    public ReadOnlySpan<byte> Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other)
    {
        _length = Math.Min(input.Length, mostBytes);
        input[.._length].CopyTo(_bytes);
        for (int n = 1 << random.Next(0, 6); n > 0; n--)
            Once(other);
        return _bytes.AsSpan(0, _length);
    }

    private void Once(ReadOnlySpan<byte> other)
    {
        int at = random.Next(_length + 1);
        switch (random.Next(_length == 0 ? 2 : 10))
        {
            case 0:
                Span<byte> fresh = stackalloc byte[random.Next(1, 9)];
                random.NextBytes(fresh);
                Insert(at, fresh);
                break;
            case 1 when !other.IsEmpty:
                int from = random.Next(other.Length);
                Insert(at, other.Slice(from, Math.Min(random.Next(1, 65), other.Length - from)));
                break;
            case 2:
                Remove(at, random.Next(1, 17));
                break;
            case 3:
                _bytes[random.Next(_length)] ^= (byte)(1 << random.Next(8));
                break;
            case 4:
                _bytes[random.Next(_length)] = (byte)random.Next(256);
                break;
            case 5:
                _bytes[random.Next(_length)] += (byte)random.Next(-8, 9);
                break;
            case 6:
                OverwriteInteresting(at);
                break;
            case 7:
                int source = random.Next(_length);
                Insert(at, _bytes.AsSpan(source, Math.Min(random.Next(1, 33), _length - source)).ToArray());
                break;
            case 8:
                _bytes.AsSpan(at, Math.Min(random.Next(1, 17), _length - at)).Clear();
                break;
            default:
                // Most of what happens is decided in the first bytes.
                _bytes[random.Next(Math.Min(_length, 64))] = (byte)random.Next(256);
                break;
        }
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, mostBytes - _length)];
        _bytes.AsSpan(0, at).CopyTo(_spare);
        bytes.CopyTo(_spare.AsSpan(at));
        _bytes.AsSpan(at, _length - at).CopyTo(_spare.AsSpan(at + bytes.Length));
        (_bytes, _spare) = (_spare, _bytes);
        _length += bytes.Length;
    }

    private void Remove(int at, int count)
    {
        count = Math.Min(count, _length - at);
        _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at));
        _length -= count;
    }

    private void OverwriteInteresting(int at)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, s_interesting[random.Next(s_interesting.Length)]);
        int width = Math.Min(1 << random.Next(4), _length - at);
        value[..width].CopyTo(_bytes.AsSpan(at));
    }
}
