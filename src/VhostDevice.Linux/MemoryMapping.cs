// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>A shared, writable mapping of part of a file; unmapped by <see cref="Dispose"/> or at finalization.</summary>
public sealed unsafe class MemoryMapping : IDisposable
{
    // File offsets are signed; rounding up to a page must not pass this either.
    private const ulong MaxEnd = long.MaxValue;

    private readonly byte* _mapped;
    private readonly nuint _mappedLength;
    private int _disposed;

    private MemoryMapping(byte* mapped, nuint mappedLength, byte* address, ulong length)
    {
        _mapped = mapped;
        _mappedLength = mappedLength;
        Address = address;
        Length = length;
    }

    ~MemoryMapping() => Unmap();

    /// <summary>The byte at the requested offset of the file.</summary>
    public byte* Address { get; }

    /// <summary>Usable bytes from <see cref="Address"/>.</summary>
    public ulong Length { get; }

    /// <summary>
    /// Maps <paramref name="length"/> bytes from <paramref name="offset"/>, which need no alignment: the mapping is
    /// widened to whole pages of <paramref name="pageSize"/> (the huge page on hugetlbfs).
    /// </summary>
    /// <returns>EINVAL for an empty range or one beyond 2^63 bytes.</returns>
    public static Errno Map(int fd, ulong offset, ulong length, uint pageSize, out MemoryMapping? mapping)
    {
        mapping = null;
        ulong page = Math.Max(pageSize, (uint)Environment.SystemPageSize);
        if (length == 0 || (page & (page - 1)) != 0 || offset > MaxEnd - page || length > MaxEnd - page - offset)
            return Errno.EINVAL;

        ulong start = offset & ~(page - 1);
        ulong end = (offset + length + page - 1) & ~(page - 1);
        void* p = Libc.mmap(null, (nuint)(end - start), Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_NORESERVE, fd, (long)start);
        if (p == (void*)-1)
            return Errno.Last;

        mapping = new MemoryMapping((byte*)p, (nuint)(end - start), (byte*)p + (offset - start), length);
        return Errno.Success;
    }

    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private void Unmap()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _ = Libc.munmap(_mapped, _mappedLength);
    }
}
