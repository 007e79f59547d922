// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Memory;

/// <summary>
/// The bitmap in which a front-end that migrates its guest finds the pages that the device wrote: one bit for each 4096
/// bytes of guest-physical memory, from address 0 on (vhost-user specification, "Migration"). It is shared memory, which
/// the front-end reads and clears at any time. Marking is for any thread, all else while nobody marks.
/// </summary>
/// <remarks>
/// One object serves as long as its owner, with one bitmap after the other: whoever completes a chain of a ring that has
/// stopped meanwhile marks what is the log by then. Without a bitmap nothing is marked.
/// </remarks>
public sealed unsafe class DirtyLog : IDisposable
{
    /// <summary>Bytes of guest memory for which one bit stands (VHOST_LOG_PAGE), whatever pages the guest or the host has.</summary>
    public const ulong PageSize = 1 << PageShift;

    private const int PageShift = 12;

    private readonly Action<ulong>? _missed;
    private byte* _bits;
    private ulong _pages;
    private IDisposable? _backing;
    private bool _warned;

    /// <param name="missed">Called with the first address that a bitmap is too short for; once for each bitmap.</param>
    public DirtyLog(Action<ulong>? missed = null) => _missed = missed;

    /// <summary>Whether there is a bitmap.</summary>
    public bool IsOpen => _pages > 0;

    /// <summary>Whether something was marked since <see cref="TakeNews"/>.</summary>
    public bool HasNews { get; private set; }

    /// <summary>Another bitmap instead of the former one, which is disposed.</summary>
    /// <param name="bits">The bits of the guest addresses from 0 on; needs no alignment.</param>
    /// <param name="bytes">The bitmap's length in bytes, below 2^49.</param>
    /// <param name="backing">The mapping; ownership passes to the log.</param>
    public void Open(byte* bits, ulong bytes, IDisposable? backing)
    {
        _backing?.Dispose();
        _backing = backing;
        _bits = bits;
        _pages = bytes * 8;
        _warned = false;
    }

    /// <summary>
    /// Marks the pages of a range of guest memory. To be called after the write: a front-end that clears the bit and then
    /// copies the page must not miss it.
    /// </summary>
    /// <param name="address">Guest-physical; what the bitmap is too short for is left out.</param>
    public void Mark(ulong address, ulong length)
    {
        if (length == 0 || !IsOpen)
            return;
        ulong first = address >> PageShift;
        ulong end = ((length - 1 > ulong.MaxValue - address ? ulong.MaxValue : address + length - 1) >> PageShift) + 1;
        if (end > _pages)
        {
            Miss(Math.Max(address, _pages << PageShift));
            end = _pages;
        }

        if (first >= end)
            return;
        for (ulong page = first; page < end;)
            page = MarkInWord(page, end);
        HasNews = true;
    }

    /// <summary>Whether something was marked, and forgets it.</summary>
    public bool TakeNews()
    {
        // Another thread's news that comes between these two is older than what the caller does about the result.
        if (!HasNews)
            return false;
        HasNews = false;
        return true;
    }

    /// <summary>Gives the bitmap back; nothing is marked from then on.</summary>
    public void Dispose() => Open(null, 0, null);

    // Sets the bits from `page` on that share a word of memory with it. The word is aligned as the processor wants it
    // for an atomic change, so it may begin before the bitmap and end after it, but not in another page of the mapping;
    // the bits there are or'ed with 0. Always a locked instruction, also where the bit is set already: it keeps the write
    // to the page before the look at the bit, which the front-end may be clearing.
    private ulong MarkInWord(ulong page, ulong end)
    {
        byte* at = _bits + (page / 8);
        uint* word = (uint*)((nuint)at & ~(nuint)3);
        int bit = (((int)((nuint)at & 3)) * 8) + (int)(page % 8);
        int count = (int)Math.Min(end - page, (ulong)(32 - bit));
        uint mask = (count == 32 ? uint.MaxValue : (1u << count) - 1) << bit;
        Interlocked.Or(ref *word, mask);
        return page + (ulong)count;
    }

    private void Miss(ulong address)
    {
        if (_warned)
            return;
        _warned = true;
        _missed?.Invoke(address);
    }
}
