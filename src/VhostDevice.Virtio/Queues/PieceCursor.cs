// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Linux;

namespace VhostDevice.Virtio.Queues;

/// <summary>A position in a list of pieces, for those who see the pieces as one stream of bytes.</summary>
internal ref struct PieceCursor(ReadOnlySpan<IoVec> pieces)
{
    private ReadOnlySpan<IoVec> _pieces = pieces;
    private nuint _offset;

    internal readonly ulong Remaining
    {
        get
        {
            ulong sum = 0;
            foreach (ref readonly IoVec piece in _pieces)
                sum += piece.Length;
            return sum - _offset;
        }
    }

    /// <summary>Passes over the next run of bytes that lie together, at most <paramref name="max"/>; false at the end.</summary>
    internal unsafe bool TryNext(ulong max, out IoVec run)
    {
        if (_pieces.IsEmpty || max == 0)
        {
            run = default;
            return false;
        }

        nuint length = (nuint)Math.Min(_pieces[0].Length - _offset, max);
        run = new IoVec(_pieces[0].Base + _offset, length);
        _offset += length;
        if (_offset == _pieces[0].Length)
        {
            _pieces = _pieces[1..];
            _offset = 0;
        }

        return true;
    }

    /// <summary>Passes over bytes that lie together, as a header nearly always does.</summary>
    /// <param name="length">More than 0.</param>
    /// <returns>False, and nothing is passed over, when they do not or are fewer.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe bool TryTakeWhole(nuint length, out byte* start)
    {
        if (_pieces.IsEmpty || length > _pieces[0].Length - _offset)
        {
            start = null;
            return false;
        }

        start = _pieces[0].Base + _offset;
        _offset += length;
        if (_offset == _pieces[0].Length)
        {
            _pieces = _pieces[1..];
            _offset = 0;
        }

        return true;
    }

    /// <summary>Passes over up to <paramref name="maxBytes"/> bytes and lists them, as far as the list has room.</summary>
    /// <returns>Pieces stored.</returns>
    internal int Take(scoped Span<IoVec> target, ulong maxBytes, out ulong bytes)
    {
        int count = 0;
        bytes = 0;
        while (count < target.Length && TryNext(maxBytes - bytes, out IoVec run))
        {
            target[count++] = run;
            bytes += run.Length;
        }

        return count;
    }
}
