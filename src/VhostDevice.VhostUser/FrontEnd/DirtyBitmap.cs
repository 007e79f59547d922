// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>The front-end's side of a dirty log: shared memory with one bit for each 4096 bytes of guest-physical memory.</summary>
public sealed unsafe class DirtyBitmap : IDisposable
{
    /// <summary>Bytes of guest memory behind one bit (VHOST_LOG_PAGE).</summary>
    public const ulong PageSize = 4096;

    private readonly MemoryMapping _mapping;

    /// <param name="end">The first guest address that need not be covered.</param>
    /// <param name="offset">Where in its file the bitmap begins; needs no alignment.</param>
    public DirtyBitmap(ulong end, ulong offset = 0)
    {
        Offset = offset;
        // Whole words of 64 bits, as QEMU has it, because the bits are taken in words.
        Bytes = (end + (PageSize * 64) - 1) / (PageSize * 64) * 8;
        FrontEndException.ThrowIfError(MemFd.Create("dirty-log", offset + Bytes, out OwnedFd? file), "memfd");
        Errno errno = MemoryMapping.Map(file!.Fd, offset, Bytes, 0, out MemoryMapping? mapping);
        if (errno.IsError)
            file.Dispose();
        FrontEndException.ThrowIfError(errno, "mapping of the dirty log");
        File = file;
        _mapping = mapping!;
    }

    /// <summary>A bitmap that covers all of a guest's memory.</summary>
    public static DirtyBitmap For(FrontEndMemory memory) => new(memory.Regions.Max(static r => r.GuestAddress + r.Size));

    public OwnedFd File { get; }

    /// <summary>Length of the bitmap.</summary>
    public ulong Bytes { get; }

    /// <summary>Where in <see cref="File"/> it begins.</summary>
    public ulong Offset { get; }

    /// <summary>Takes all bits that are set, and clears them; the pages must be copied after that.</summary>
    /// <returns>Guest addresses of the pages, in order.</returns>
    public List<ulong> Take()
    {
        List<ulong> pages = [];
        // Bytes and not words: the bitmap need not be aligned.
        for (ulong i = 0; i < Bytes; i++)
        {
            ref byte bits = ref _mapping.Address[i];
            if (Volatile.Read(ref bits) == 0)
                continue;
            byte taken = Interlocked.Exchange(ref bits, 0);
            for (int bit = 0; bit < 8; bit++)
            {
                if ((taken & (1 << bit)) != 0)
                    pages.Add(((i * 8) + (ulong)bit) * PageSize);
            }
        }

        return pages;
    }

    public void Dispose()
    {
        _mapping.Dispose();
        File.Dispose();
    }
}
