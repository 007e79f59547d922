// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Fuzz;

/// <summary>
/// Memory that ends exactly at a page that cannot be touched, with another such page in front of its first one: a
/// single byte too far ends the process. It can be closed as a whole, so that use after release shows as well.
/// </summary>
public sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int PROT_NONE = 0;
    private const int PROT_READ_WRITE = 3;
    private const int MAP_PRIVATE_ANONYMOUS = 0x22;

    private readonly byte* _map;
    private readonly nuint _inner;
    private readonly nuint _page = (nuint)Environment.SystemPageSize;
    private bool _open;

    public GuardedMemory(int size)
    {
        _inner = ((nuint)size + _page - 1) & ~(_page - 1);
        Size = size;
        _map = (byte*)mmap(null, _inner + (2 * _page), PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0);
        if (_map == (byte*)-1)
            throw new InvalidOperationException("mmap");
        Address = _map + _page + _inner - size;
        Open();
    }

    ~GuardedMemory() => Unmap();

    public byte* Address { get; }

    public int Size { get; }

    public Span<byte> Bytes => new(Address, Size);

    public void Open() => Protect(open: true);

    public void Close() => Protect(open: false);

    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private void Protect(bool open)
    {
        if (_open == open)
            return;
        if (mprotect(_map + _page, _inner, open ? PROT_READ_WRITE : PROT_NONE) != 0)
            throw new InvalidOperationException("mprotect");
        _open = open;
    }

    private void Unmap() => _ = munmap(_map, _inner + (2 * _page));

    [LibraryImport("libc")]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("libc")]
    private static partial int munmap(void* address, nuint length);
}
