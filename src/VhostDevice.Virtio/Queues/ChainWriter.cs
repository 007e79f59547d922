// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// Writes the device-writable part of a chain as one stream of bytes. <see cref="Written"/> is what the used ring
/// wants to know: bytes from the start of the writable part without a gap.
/// </summary>
public ref struct ChainWriter
{
    private PieceCursor _cursor;

    internal ChainWriter(ReadOnlySpan<IoVec> pieces) => _cursor = new PieceCursor(pieces);

    /// <summary>Bytes written (or reserved by <see cref="TakePieces"/>) so far.</summary>
    public uint Written { get; private set; }

    /// <summary>Bytes that still fit.</summary>
    public readonly ulong Remaining => _cursor.Remaining;

    /// <summary>Writes as much of <paramref name="source"/> as fits.</summary>
    /// <returns>Bytes copied.</returns>
    public int Write(scoped ReadOnlySpan<byte> source)
    {
        int done = 0;
        while (_cursor.TryNext((ulong)(source.Length - done), out IoVec run))
        {
            source.Slice(done, (int)run.Length).CopyTo(run.AsSpan());
            done += (int)run.Length;
        }

        Written += (uint)done;
        return done;
    }

    /// <summary>Writes one value; false when it does not fit, with as much of it written as did.</summary>
    public unsafe bool TryWrite<T>(in T value)
        where T : unmanaged
    {
        if (_cursor.TryTakeWhole((nuint)sizeof(T), out byte* start))
        {
            Unsafe.WriteUnaligned(start, value);
            Written += (uint)sizeof(T);
            return true;
        }

        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        return Write(bytes) == bytes.Length;
    }

    /// <summary>Passes over <paramref name="count"/> bytes, which stay as they are and count as written; false when fewer are left.</summary>
    public bool TrySkip(ulong count)
    {
        while (_cursor.TryNext(count, out IoVec run))
        {
            Written += (uint)run.Length;
            count -= run.Length;
        }

        return count == 0;
    }

    /// <summary>
    /// Reserves up to <paramref name="maxBytes"/> as pieces that the caller fills itself, for example with readv.
    /// </summary>
    /// <param name="target">Room for pieces; what does not fit is not reserved.</param>
    /// <returns>Pieces stored.</returns>
    public int TakePieces(scoped Span<IoVec> target, ulong maxBytes, out ulong bytes)
    {
        int count = _cursor.Take(target, maxBytes, out bytes);
        Written += (uint)bytes;
        return count;
    }
}
