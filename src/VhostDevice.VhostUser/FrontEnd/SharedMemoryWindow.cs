// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>One shared memory region of a device, as its driver sees it: addresses to which the back-end has files mapped.</summary>
public sealed unsafe class SharedMemoryWindow : IDisposable
{
    private readonly MemoryReservation _reservation;
    private readonly List<(ulong Offset, ulong Length)> _mappings = [];

    internal SharedMemoryWindow(ulong size)
    {
        FrontEndException.ThrowIfError(MemoryReservation.Create(size, out MemoryReservation? reservation), "shared memory region");
        _reservation = reservation!;
    }

    /// <summary>Bytes.</summary>
    public ulong Size => _reservation.Length;

    /// <summary>What is mapped, in the order in which it came.</summary>
    public IReadOnlyList<(ulong Offset, ulong Length)> Mappings => _mappings;

    /// <summary>The bytes of one mapping; written only if it was mapped so.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie in one mapping.</exception>
    public Span<byte> Span(ulong offset, int length)
    {
        if (!_mappings.Exists(m => offset >= m.Offset && (ulong)length <= m.Length && offset - m.Offset <= m.Length - (ulong)length))
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes at {offset:x} are not mapped");
        return new Span<byte>(_reservation.Address + offset, length);
    }

    /// <summary>"Mapping over an already existing map is not allowed."</summary>
    internal Errno Map(ulong offset, ulong length, OwnedFd file, ulong fileOffset, bool writable)
    {
        if (_mappings.Exists(m => offset < m.Offset + m.Length && m.Offset < offset + length))
            return Errno.EEXIST;
        // Beyond its end a mapping would be the end of this process.
        Errno errno = Files.Stat(file.Fd, out FileFacts facts);
        if (errno.IsSuccess && facts.Kind == FileKind.Regular && (fileOffset > facts.Size || length > facts.Size - fileOffset))
            errno = Errno.EINVAL;
        if (errno.IsSuccess)
            errno = _reservation.Map(offset, length, file.Fd, fileOffset, writable);
        if (errno.IsSuccess)
            _mappings.Add((offset, length));
        return errno;
    }

    /// <summary>"The given range shall correspond to the entirety of a valid mapped region."</summary>
    internal Errno Unmap(ulong offset, ulong length) =>
        _mappings.Remove((offset, length)) ? _reservation.Unmap(offset, length) : Errno.ENOENT;

    internal void Clear()
    {
        foreach ((ulong offset, ulong length) in _mappings)
            _ = _reservation.Unmap(offset, length);
        _mappings.Clear();
    }

    public void Dispose() => _reservation.Dispose();
}
