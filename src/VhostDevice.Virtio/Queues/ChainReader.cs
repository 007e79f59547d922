// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// Reads the device-readable part of a chain as one stream of bytes, however the driver cut it. Every read copies
/// once: check the copy, never guest memory itself.
/// </summary>
public ref struct ChainReader
{
    private ReadOnlySpan<IoVec> _pieces;
    private nuint _offset;

    internal ChainReader(ReadOnlySpan<IoVec> pieces) => _pieces = pieces;

    /// <summary>Bytes not read yet.</summary>
    public readonly ulong Remaining
    {
        get
        {
            ulong sum = 0;
            foreach (ref readonly IoVec piece in _pieces)
                sum += piece.Length;
            return sum - _offset;
        }
    }

    /// <summary>Fills <paramref name="target"/> as far as there are bytes.</summary>
    /// <returns>Bytes copied.</returns>
    public unsafe int Read(scoped Span<byte> target)
    {
        int done = 0;
        while (done < target.Length && !_pieces.IsEmpty)
        {
            IoVec piece = _pieces[0];
            int n = (int)Math.Min(piece.Length - _offset, (nuint)(target.Length - done));
            new ReadOnlySpan<byte>(piece.Base + _offset, n).CopyTo(target[done..]);
            done += n;
            Advance((nuint)n);
        }

        return done;
    }

    /// <summary>Reads exactly one <typeparamref name="T"/>; false, with the bytes consumed, when fewer are left.</summary>
    public bool TryRead<T>(out T value)
        where T : unmanaged
    {
        value = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
        return Read(bytes) == bytes.Length;
    }

    /// <summary>Passes over <paramref name="count"/> bytes; false when fewer are left.</summary>
    public bool TrySkip(ulong count)
    {
        while (count > 0 && !_pieces.IsEmpty)
        {
            nuint n = (nuint)Math.Min(_pieces[0].Length - _offset, count);
            count -= n;
            Advance(n);
        }

        return count == 0;
    }

    /// <summary>Takes up to <paramref name="maxBytes"/> as pieces for a vectored write, without copying.</summary>
    /// <param name="target">Room for pieces; what does not fit stays unread.</param>
    /// <returns>Pieces stored.</returns>
    public unsafe int TakePieces(scoped Span<IoVec> target, ulong maxBytes, out ulong bytes)
    {
        int count = 0;
        bytes = 0;
        while (count < target.Length && bytes < maxBytes && !_pieces.IsEmpty)
        {
            nuint n = (nuint)Math.Min(_pieces[0].Length - _offset, maxBytes - bytes);
            target[count++] = new IoVec(_pieces[0].Base + _offset, n);
            bytes += n;
            Advance(n);
        }

        return count;
    }

    private void Advance(nuint count)
    {
        _offset += count;
        if (_offset == _pieces[0].Length)
        {
            _pieces = _pieces[1..];
            _offset = 0;
        }
    }
}
