// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Linux;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// One request: what the driver wrote (<see cref="Readable"/>) and where the device may write (<see cref="Writable"/>),
/// as pieces of memory in ring order. There is one object per request in flight, used again for later ones; a device
/// holds it from <see cref="Virtqueue.TryPop"/> to <see cref="Virtqueue.Complete"/>.
/// </summary>
public sealed unsafe class DescriptorChain
{
    private const int InitialPieces = 4;

    // The longest chain has 32768 descriptors, and each may cross from one region into another. Only a front-end that
    // shares crumbs of memory gets beyond; it is stopped at 1 MiB of pieces per request.
    private const int MaxPieces = 2 * 32768;

    // Pinned, so that a piece list can be handed to the kernel or a worker thread while the request is out.
    private IoVec[] _pieces = GC.AllocateUninitializedArray<IoVec>(InitialPieces, pinned: true);
    private int _count;
    private int _readable;

    internal DescriptorChain(Virtqueue queue, ushort head)
    {
        Queue = queue;
        Head = head;
    }

    /// <summary>
    /// Identifies the request in its ring while it is in flight: the index of its first descriptor in a split ring, the
    /// buffer id that the driver chose in a packed one.
    /// </summary>
    public ushort Head { get; internal set; }

    /// <summary>Bytes that the driver wrote; at most 2^32-1 together with <see cref="WritableBytes"/>.</summary>
    public uint ReadableBytes { get; private set; }

    /// <summary>Bytes that the device may write.</summary>
    public uint WritableBytes { get; private set; }

    /// <summary>The device-readable part. Straight guest memory, which the driver may change at any time: copy, then check the copy.</summary>
    public ReadOnlySpan<IoVec> Readable => new(_pieces, 0, _readable);

    /// <summary>The device-writable part.</summary>
    public ReadOnlySpan<IoVec> Writable => new(_pieces, _readable, _count - _readable);

    /// <summary>For the device: whatever it wants to find again when it completes the request.</summary>
    public object? State { get; set; }

    /// <summary>Whether the chain is out of the ring and not completed.</summary>
    public bool IsInFlight => Life is ChainLife.Held or ChainLife.Done;

    /// <summary>Whose it is.</summary>
    internal ChainLife Life { get; set; }

    /// <summary>
    /// Where the next chain was to be read when this one was taken, in the layout's own terms: only the chain taken last can
    /// be put back, and this tells which one that is.
    /// </summary>
    internal uint TakenAt { get; set; }

    /// <summary>In a packed ring whose requests in flight are recorded: the chain's first entry in the record.</summary>
    internal ushort RecordEntry { get; set; }

    /// <summary>
    /// The snapshot that the pieces point into; held, and of use, only while in flight. It stays here afterwards because
    /// the next request nearly always has the same, and writing a reference costs more than comparing one.
    /// </summary>
    internal GuestMemory Memory { get; set; } = GuestMemory.Empty;

    /// <summary>Descriptors of the ring that the request takes up; those of an indirect table are not in it.</summary>
    internal ushort RingDescriptors { get; set; }

    /// <summary>
    /// Where requests in flight are recorded: it was a predecessor's, and came from its record and not from the ring.
    /// </summary>
    internal bool IsLeftover { get; set; }

    /// <summary>What the used ring will say of a chain that is <see cref="ChainLife.Done"/> or <see cref="ChainLife.Late"/>.</summary>
    internal uint Written { get; set; }

    /// <summary>The start of the ring that the chain came from: it must not be completed into another one.</summary>
    internal Virtqueue Queue { get; }

    public ChainReader Reader() => new(Readable);

    public ChainWriter Writer() => new(Writable);

    /// <summary>
    /// Lists the writable part from its start, for a caller that fills it by itself, for example with readv: whole
    /// pieces, and the first bytes of the one that goes beyond <paramref name="maxBytes"/>.
    /// </summary>
    /// <param name="target">Room for pieces; what does not fit is not listed.</param>
    /// <returns>Pieces stored.</returns>
    public int ListWritable(Span<IoVec> target, uint maxBytes, out uint bytes)
    {
        int count = 0;
        uint left = maxBytes;
        for (int i = _readable; i < _count && count < target.Length && left > 0; i++)
        {
            IoVec piece = _pieces[i];
            if (piece.Length > left)
                piece = new IoVec(piece.Base, left);
            target[count++] = piece;
            left -= (uint)piece.Length;
        }

        bytes = maxBytes - left;
        return count;
    }

    internal void Clear()
    {
        _count = _readable = 0;
        ReadableBytes = WritableBytes = 0;
    }

    /// <summary>Appends a buffer, piece by piece where it spans regions. False when it is malformed.</summary>
    internal bool TryAdd(GuestMemory memory, ulong address, uint length, bool writable)
    {
        uint readable = ReadableBytes;
        uint written = WritableBytes;
        // The total is bounded by 2^32-1 so that every length of a request fits the used ring.
        if (length > uint.MaxValue - readable - written)
            return false;
        if (writable)
        {
            WritableBytes = written + length;
            return TryAddPieces(memory, address, length, MemoryAccess.Write);
        }

        // Readable pieces come first (virtio 1.3 §2.7.4.2).
        if (written > 0)
            return false;
        ReadableBytes = readable + length;
        bool added = TryAddPieces(memory, address, length, MemoryAccess.Read);
        _readable = _count;
        return added;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryAddPieces(GuestMemory memory, ulong address, uint length, MemoryAccess access)
    {
        byte* p = memory.Resolve(address, access, out ulong contiguous);
        IoVec[] pieces = _pieces;
        int count = _count;
        // Nearly every buffer is one piece.
        if (p == null || length > contiguous || (uint)count >= (uint)pieces.Length || length == 0)
            return TryAddSlowly(memory, address, length, access);
        pieces[count] = new IoVec(p, length);
        _count = count + 1;
        return true;
    }

    // Buffers that are empty, span regions, or need a longer list.
    private bool TryAddSlowly(GuestMemory memory, ulong address, uint length, MemoryAccess access)
    {
        while (length > 0)
        {
            byte* p = memory.Resolve(address, access, out ulong contiguous);
            if (p == null)
                return false;
            uint n = (uint)Math.Min(length, contiguous);
            if (_count == _pieces.Length && !TryGrow())
                return false;
            _pieces[_count++] = new IoVec(p, n);
            address += n;
            length -= n;
        }

        return true;
    }

    // The list is kept for the next request.
    private bool TryGrow()
    {
        if (_pieces.Length == MaxPieces)
            return false;
        IoVec[] larger = GC.AllocateUninitializedArray<IoVec>(_pieces.Length * 2, pinned: true);
        _pieces.AsSpan().CopyTo(larger);
        _pieces = larger;
        return true;
    }
}
