// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound.Disk;

/// <summary>Bytes on their way from one thread to another one, of which one only puts and the other one only takes.</summary>
/// <param name="size">Bytes that fit.</param>
internal sealed class ByteRing(int size)
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(size, pinned: true);
    private long _put;
    private long _taken;

    internal int Size => _bytes.Length;

    internal int Count => (int)(Volatile.Read(ref _put) - Volatile.Read(ref _taken));

    internal int Room => _bytes.Length - Count;

    /// <summary>Puts as much as there is room for, in whole units.</summary>
    /// <returns>Bytes put.</returns>
    internal int Put(ReadOnlySpan<byte> source, int unit)
    {
        int n = Math.Min(source.Length, Room) / unit * unit;
        for (ReadOnlySpan<byte> rest = source[..n]; !rest.IsEmpty;)
        {
            Span<byte> place = Free();
            int part = Math.Min(place.Length, rest.Length);
            rest[..part].CopyTo(place);
            rest = rest[part..];
            Added(part);
        }

        return n;
    }

    /// <summary>Takes as much as there is, in whole units.</summary>
    /// <returns>Bytes taken.</returns>
    internal int Take(Span<byte> target, int unit)
    {
        int n = Math.Min(target.Length, Count) / unit * unit;
        for (Span<byte> rest = target[..n]; !rest.IsEmpty;)
        {
            Span<byte> there = Waiting();
            int part = Math.Min(there.Length, rest.Length);
            there[..part].CopyTo(rest);
            rest = rest[part..];
            Removed(part);
        }

        return n;
    }

    /// <summary>Free places that lie together, for who puts.</summary>
    internal Span<byte> Free()
    {
        int at = (int)(_put % _bytes.Length);
        return _bytes.AsSpan(at, Math.Min(Room, _bytes.Length - at));
    }

    internal void Added(int bytes) => Volatile.Write(ref _put, _put + bytes);

    /// <summary>Bytes that lie together, for who takes.</summary>
    internal Span<byte> Waiting()
    {
        int at = (int)(_taken % _bytes.Length);
        return _bytes.AsSpan(at, Math.Min(Count, _bytes.Length - at));
    }

    internal void Removed(int bytes) => Volatile.Write(ref _taken, _taken + bytes);
}
