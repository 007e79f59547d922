// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Virtio.Memory;

/// <summary>
/// Guest memory as it was at one moment, for a device whose requests carry addresses in their payload (a picture's
/// backing pages, a list of buffers). What was translated stays mapped until the hold is disposed, whatever the
/// front-end does to its memory table meanwhile. A device that keeps such places for long takes one hold for each set
/// of places that it gives up together, and translates anew when it hears of other memory
/// (<see cref="Devices.VirtioDevice.MemoryChanged"/>).
/// </summary>
/// <remarks>
/// <see cref="Translate"/> and <see cref="MarkWritten"/> are for the loop that took the hold. The pieces may be read and
/// written by any thread, and <see cref="Dispose"/> called on any, once nobody uses the pieces any more.
/// </remarks>
public sealed unsafe class MemoryHold : IDisposable
{
    private readonly GuestMemory _memory; // for looking up; what it points to is kept by the next one
    private readonly HeldRegions _regions;
    private readonly IMemoryOwner? _owner;
    private int _disposed;

    internal MemoryHold(GuestMemory memory, HeldRegions regions, IMemoryOwner? owner)
    {
        _memory = memory;
        _regions = regions;
        _owner = owner;
        regions.Retain();
    }

    /// <summary>Finds a range of guest memory, by the driver's addresses.</summary>
    /// <param name="address">Guest-physical or, with VIRTIO_F_ACCESS_PLATFORM, I/O virtual.</param>
    /// <param name="length">Bytes; none at all are found anywhere.</param>
    /// <param name="access">What the pieces will be used for. Only an IOMMU makes a difference.</param>
    /// <param name="pieces">
    /// Takes the range in its order: one piece, and one more for each border of a region or of a translation within the
    /// range. Its length is the bound; nothing is allocated.
    /// </param>
    /// <exception cref="ObjectDisposedException">The hold has ended.</exception>
    public Translation Translate(ulong address, ulong length, MemoryAccess access, Span<IoVec> pieces)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (length > 0 && address > ulong.MaxValue - (length - 1))
            return new Translation(TranslationOutcome.Outside, 0);
        Iotlb? iotlb = _memory.Iotlb;
        // Somebody else's miss is not this range's.
        _ = iotlb?.TakeMiss(out _);
        int count = 0;
        while (length > 0)
        {
            byte* p = _memory.Resolve(address, access, out ulong contiguous);
            if (p == null)
            {
                return iotlb is not null && iotlb.TakeMiss(out IotlbMiss miss)
                    ? new Translation(TranslationOutcome.Missing, count, miss)
                    : new Translation(TranslationOutcome.Outside, count);
            }

            if (count == pieces.Length)
                return new Translation(TranslationOutcome.TooManyPieces, count);
            ulong n = Math.Min(length, contiguous);
            pieces[count++] = new IoVec(p, (nuint)n);
            address += n;
            length -= n;
        }

        return new Translation(TranslationOutcome.Found, count);
    }

    /// <summary>
    /// The device wrote to these pieces of this hold: while the guest is migrated they are copied once more. To be called
    /// after the write, and on the loop, also when another thread wrote; at any other time it costs next to nothing.
    /// </summary>
    public void MarkWritten(ReadOnlySpan<IoVec> pieces)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (_owner?.WriteLog is not { IsOpen: true } log)
            return;
        _memory.MarkWritten(log, pieces);
        _owner.WritesMarked();
    }

    /// <summary>Ends the hold: its pieces must not be touched any more. A second time does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _regions.Release();
    }
}
