// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Addresses without memory, into which parts of files are mapped and taken out again: what a virtual machine monitor
/// does for a device's shared memory region. Not thread-safe.
/// </summary>
public sealed unsafe class MemoryReservation : IDisposable
{
    private readonly nuint _length;
    private byte* _address;

    private MemoryReservation(byte* address, nuint length)
    {
        _address = address;
        _length = length;
    }

    ~MemoryReservation() => Unmap();

    /// <summary>The first byte. Touching a part to which nothing is mapped ends the process.</summary>
    public byte* Address => _address;

    public ulong Length => _length;

    /// <summary>Reserves addresses; no memory is used.</summary>
    /// <param name="length">Bytes; whole pages.</param>
    /// <returns>EINVAL for none, ENOMEM when there are not so many addresses.</returns>
    public static Errno Create(ulong length, out MemoryReservation? reservation)
    {
        reservation = null;
        void* p = Libc.mmap(null, (nuint)length, Libc.PROT_NONE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE, -1, 0);
        if (p == (void*)-1)
            return Errno.Last;
        reservation = new MemoryReservation((byte*)p, (nuint)length);
        return Errno.Success;
    }

    /// <summary>Maps a part of a file in the place of what was there. All of it in whole pages.</summary>
    /// <returns>EINVAL for what does not lie in the reservation, or what mmap(2) says.</returns>
    public Errno Map(ulong offset, ulong length, int fd, ulong fileOffset, bool writable)
    {
        if (!Holds(offset, length))
            return Errno.EINVAL;
        int protection = writable ? Libc.PROT_READ | Libc.PROT_WRITE : Libc.PROT_READ;
        void* p = Libc.mmap(_address + offset, (nuint)length, protection, Libc.MAP_SHARED | Libc.MAP_FIXED, fd, (long)fileOffset);
        return p == (void*)-1 ? Errno.Last : Errno.Success;
    }

    /// <summary>Takes out what is mapped there.</summary>
    /// <returns>As <see cref="Map"/>.</returns>
    public Errno Unmap(ulong offset, ulong length)
    {
        if (!Holds(offset, length))
            return Errno.EINVAL;
        // Not munmap(2): something else of this process could come to lie there.
        void* p = Libc.mmap(
            _address + offset, (nuint)length, Libc.PROT_NONE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE | Libc.MAP_FIXED, -1, 0);
        return p == (void*)-1 ? Errno.Last : Errno.Success;
    }

    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private bool Holds(ulong offset, ulong length) => _address != null && length > 0 && offset <= _length && length <= _length - offset;

    private void Unmap()
    {
        if (_address != null)
            _ = Libc.munmap(_address, _length);
        _address = null;
    }
}
