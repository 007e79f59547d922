// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// Writes the device-writable part of a chain as one stream of bytes. <see cref="Written"/> is what the used ring
/// wants to know: bytes from the start of the writable part without a gap.
/// </summary>
public ref struct ChainWriter
{
    private ReadOnlySpan<IoVec> _pieces;
    private nuint _offset;

    internal ChainWriter(ReadOnlySpan<IoVec> pieces) => _pieces = pieces;

    /// <summary>Bytes written (or reserved by <see cref="TakePieces"/>) so far.</summary>
    public uint Written { get; private set; }

    /// <summary>Bytes that still fit.</summary>
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

    /// <summary>Writes as much of <paramref name="source"/> as fits.</summary>
    /// <returns>Bytes copied.</returns>
    public unsafe int Write(scoped ReadOnlySpan<byte> source)
    {
        int done = 0;
        while (done < source.Length && !_pieces.IsEmpty)
        {
            IoVec piece = _pieces[0];
            int n = (int)Math.Min(piece.Length - _offset, (nuint)(source.Length - done));
            source.Slice(done, n).CopyTo(new Span<byte>(piece.Base + _offset, n));
            done += n;
            Advance((nuint)n);
        }

        return done;
    }

    /// <summary>Writes one value; false when it does not fit, with as much of it written as did.</summary>
    public bool TryWrite<T>(in T value)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        return Write(bytes) == bytes.Length;
    }

    /// <summary>
    /// Reserves up to <paramref name="maxBytes"/> as pieces that the caller fills itself, for example with readv.
    /// </summary>
    /// <param name="target">Room for pieces; what does not fit is not reserved.</param>
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
        Written += (uint)count;
        _offset += count;
        if (_offset == _pieces[0].Length)
        {
            _pieces = _pieces[1..];
            _offset = 0;
        }
    }
}
