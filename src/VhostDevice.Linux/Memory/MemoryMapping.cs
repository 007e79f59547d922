// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>A shared mapping of part of a file; unmapped by <see cref="Dispose"/> or at finalization.</summary>
/// <remarks>
/// Where somebody else can truncate the file, an access beyond its new end is a signal that ends the process, unless a
/// <see cref="Guard"/> is in force.
/// </remarks>
public sealed unsafe class MemoryMapping : IDisposable
{
    // File offsets are signed; rounding up to a page must not pass this either.
    private const ulong MaxEnd = long.MaxValue;

    private readonly byte* _mapped;
    private readonly nuint _mappedLength;
    private readonly ulong _start;
    private readonly IMappingGuard? _guard;
    private readonly OwnedFd? _alarm;
    private readonly int[] _lost = GC.AllocateArray<int>(1, pinned: true);
    private nint _guarded;
    private int _disposed;

    private MemoryMapping(byte* mapped, nuint mappedLength, ulong start, byte* address, ulong length, OwnedFd? alarm)
    {
        _start = start;
        _mapped = mapped;
        _mappedLength = mappedLength;
        _guard = Guard;
        // A number that the guard signals must be this eventfd for as long.
        bool held = false;
        if (_guard is not null)
            alarm?.DangerousAddRef(ref held);
        _alarm = held ? alarm : null;
        Address = address;
        Length = length;
    }

    ~MemoryMapping() => Unmap();

    /// <summary>
    /// Guards the mappings that are made from then on. Null: the process ends with SIGBUS when a file is truncated
    /// under its mapping. Set once, at the start.
    /// </summary>
    public static IMappingGuard? Guard { get; set; }

    /// <summary>The byte at the requested offset of the file.</summary>
    public byte* Address { get; }

    /// <summary>Usable bytes from <see cref="Address"/>.</summary>
    public ulong Length { get; }

    /// <summary>
    /// The file was truncated under an access: what was read or written since then went to zeroed memory. Known right
    /// after that access, on its thread. Never without a <see cref="Guard"/>.
    /// </summary>
    public bool IsLost => Volatile.Read(ref _lost[0]) != 0;

    /// <summary>
    /// Maps <paramref name="length"/> bytes from <paramref name="offset"/>, which need no alignment: the mapping is
    /// widened to whole pages of <paramref name="pageSize"/> (the huge page on hugetlbfs).
    /// </summary>
    /// <param name="alarm">
    /// A non-blocking eventfd that the <see cref="Guard"/> signals when the file was truncated under the mapping, which
    /// has zeroes for content from then on. May be disposed before the mapping. Null: the guard tells nobody.
    /// </param>
    /// <param name="writable">Whether it may be written; the file must then be open for both.</param>
    /// <returns>EINVAL for an empty range or one beyond 2^63 bytes, ENOMEM also when it cannot be guarded.</returns>
    public static Errno Map(
        int fd,
        ulong offset,
        ulong length,
        uint pageSize,
        out MemoryMapping? mapping,
        OwnedFd? alarm = null,
        bool writable = true)
    {
        mapping = null;
        ulong page = Math.Max(pageSize, (uint)Environment.SystemPageSize);
        if (length == 0 || (page & (page - 1)) != 0 || offset > MaxEnd - page || length > MaxEnd - page - offset)
            return Errno.EINVAL;

        ulong start = offset & ~(page - 1);
        ulong end = (offset + length + page - 1) & ~(page - 1);
        int protection = writable ? Libc.PROT_READ | Libc.PROT_WRITE : Libc.PROT_READ;
        void* p = Libc.mmap(null, (nuint)(end - start), protection, Libc.MAP_SHARED | Libc.MAP_NORESERVE, fd, (long)start);
        if (p == (void*)-1)
            return Errno.Last;

        MemoryMapping made = new((byte*)p, (nuint)(end - start), start, (byte*)p + (offset - start), length, alarm);
        if (!made.TryGuard())
        {
            made.Dispose();
            return Errno.ENOMEM;
        }

        mapping = made;
        return Errno.Success;
    }

    /// <summary>
    /// Whether the kernel tells this process which pages of a file are in memory: not where it may neither write to the file
    /// nor owns it, of which all pages are said to be there.
    /// </summary>
    /// <param name="length">Bytes of the file.</param>
    public static bool CanFindResident(int fd, ulong length)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        // There is nothing behind its end.
        void* p = Libc.mmap(null, page, Libc.PROT_READ, Libc.MAP_SHARED, fd, (long)((length + page - 1) & ~((ulong)page - 1)));
        if (p == (void*)-1)
            return false;
        byte resident = 1;
        bool asked = Libc.mincore(p, page, &resident) == 0;
        _ = Libc.munmap(p, page);
        return asked && (resident & 1) == 0;
    }

    /// <summary>Asks which pages are in memory (mincore(2)).</summary>
    /// <param name="offset">From <see cref="Address"/>; both together are a page's first byte.</param>
    /// <param name="pages">One byte each, whose lowest bit says it; all within the mapping.</param>
    public Errno FindResident(ulong offset, Span<byte> pages)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        fixed (byte* p = pages)
            return Libc.mincore(Address + offset, (nuint)pages.Length * (nuint)Environment.SystemPageSize, p) < 0 ? Errno.Last : Errno.Success;
    }

    /// <summary>Puts the same part of another file in the place of this one: addresses stay, content changes, at once.</summary>
    public Errno ReplaceFile(int fd)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        void* p = Libc.mmap(
            _mapped, _mappedLength, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_NORESERVE | Libc.MAP_FIXED, fd, (long)_start);
        return p == (void*)-1 ? Errno.Last : Errno.Success;
    }

    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private bool TryGuard()
    {
        if (_guard is null)
            return true;
        int* lost = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_lost));
        _guarded = _guard.Add(_mapped, _mappedLength, _alarm is null ? -1 : _alarm.Fd, lost);
        return _guarded != 0;
    }

    private void Unmap()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // Before the range can become something else's.
        if (_guarded != 0)
            _guard!.Remove(_guarded);
        _ = Libc.munmap(_mapped, _mappedLength);
        _alarm?.DangerousRelease();
    }
}
