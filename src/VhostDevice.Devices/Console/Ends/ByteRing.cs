// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>The newest bytes of a stream, up to a number; memory comes with the first.</summary>
internal sealed unsafe class ByteRing(int capacity)
{
    private byte[] _bytes = [];
    private int _start;

    internal int Count { get; private set; }

    internal int Room => capacity - Count;

    /// <summary>Adds bytes; the oldest make room.</summary>
    /// <returns>How many were pushed out, or never got in.</returns>
    internal int Add(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length == 0)
            _bytes = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
        int lost = Math.Max(0, bytes.Length - capacity);
        bytes = bytes[lost..];
        int excess = Math.Max(0, bytes.Length - Room);
        Skip(excess);
        int end = (_start + Count) % capacity;
        int first = Math.Min(bytes.Length, capacity - end);
        bytes[..first].CopyTo(_bytes.AsSpan(end));
        bytes[first..].CopyTo(_bytes);
        Count += bytes.Length;
        return lost + excess;
    }

    /// <summary>Adds the first bytes of pieces.</summary>
    internal int Add(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        int lost = 0;
        foreach (IoVec piece in pieces)
        {
            if (bytes == 0)
                break;
            nuint n = Math.Min(piece.Length, bytes);
            bytes -= n;
            // Of a longer piece only the end would be left.
            nuint skipped = n > (nuint)capacity ? n - (nuint)capacity : 0;
            lost += (int)Math.Min(skipped, int.MaxValue / 2) + Add(new ReadOnlySpan<byte>(piece.Base + skipped, (int)(n - skipped)));
        }

        return lost;
    }

    /// <summary>The last bytes of it, in up to two pieces of memory that stay where they are.</summary>
    /// <param name="bytes">At most <see cref="Count"/>.</param>
    internal int Last(int bytes, Span<IoVec> pieces)
    {
        int at = (_start + Count - bytes) % Math.Max(1, capacity);
        int first = Math.Min(bytes, capacity - at);
        int count = 0;
        fixed (byte* p = _bytes)
        {
            if (first > 0)
                pieces[count++] = new IoVec(p + at, (nuint)first);
            if (bytes > first)
                pieces[count++] = new IoVec(p, (nuint)(bytes - first));
        }

        return count;
    }

    /// <summary>A copy of the last bytes.</summary>
    internal byte[] Copy(int bytes)
    {
        byte[] copy = new byte[Math.Min(bytes, Count)];
        int at = (_start + Count - copy.Length) % Math.Max(1, capacity);
        int first = Math.Min(copy.Length, capacity - at);
        _bytes.AsSpan(Math.Min(at, _bytes.Length), first).CopyTo(copy);
        _bytes.AsSpan(0, copy.Length - first).CopyTo(copy.AsSpan(first));
        return copy;
    }

    /// <summary>Moves bytes from its start into pieces.</summary>
    /// <returns>How many.</returns>
    internal nuint MoveTo(ReadOnlySpan<IoVec> pieces)
    {
        nuint moved = 0;
        foreach (IoVec piece in pieces)
        {
            nuint room = piece.Length;
            byte* to = piece.Base;
            while (room > 0 && Count > 0)
            {
                int n = (int)Math.Min(room, (nuint)Math.Min(Count, capacity - _start));
                _bytes.AsSpan(_start, n).CopyTo(new Span<byte>(to, n));
                Skip(n);
                to += n;
                room -= (nuint)n;
                moved += (nuint)n;
            }
        }

        return moved;
    }

    /// <summary>Forgets the oldest bytes.</summary>
    internal void Skip(int bytes)
    {
        Count -= bytes;
        _start = Count == 0 ? 0 : (_start + bytes) % capacity;
    }
}
