// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// Reads the device-readable part of a chain as one stream of bytes, however the driver cut it. Every read copies
/// once: check the copy, never guest memory itself.
/// </summary>
public ref struct ChainReader
{
    private PieceCursor _cursor;

    internal ChainReader(ReadOnlySpan<IoVec> pieces) => _cursor = new PieceCursor(pieces);

    /// <summary>Bytes not read yet.</summary>
    public readonly ulong Remaining => _cursor.Remaining;

    /// <summary>Fills <paramref name="target"/> as far as there are bytes.</summary>
    /// <returns>Bytes copied.</returns>
    public int Read(scoped Span<byte> target)
    {
        int done = 0;
        while (_cursor.TryNext((ulong)(target.Length - done), out IoVec run))
        {
            run.AsSpan().CopyTo(target[done..]);
            done += (int)run.Length;
        }

        return done;
    }

    /// <summary>Reads exactly one <typeparamref name="T"/>; false, with the bytes consumed, when fewer are left.</summary>
    public unsafe bool TryRead<T>(out T value)
        where T : unmanaged
    {
        if (_cursor.TryTakeWhole((nuint)sizeof(T), out byte* start))
        {
            value = Unsafe.ReadUnaligned<T>(start);
            return true;
        }

        value = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
        return Read(bytes) == bytes.Length;
    }

    /// <summary>Passes over <paramref name="count"/> bytes; false when fewer are left.</summary>
    public bool TrySkip(ulong count)
    {
        while (_cursor.TryNext(count, out IoVec run))
            count -= run.Length;
        return count == 0;
    }

    /// <summary>Takes up to <paramref name="maxBytes"/> as pieces for a vectored write, without copying.</summary>
    /// <param name="target">Room for pieces; what does not fit stays unread.</param>
    /// <returns>Pieces stored.</returns>
    public int TakePieces(scoped Span<IoVec> target, ulong maxBytes, out ulong bytes) => _cursor.Take(target, maxBytes, out bytes);
}
