// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>Anonymous shared memory files.</summary>
public static class MemFd
{
    /// <summary>A new memory file of <paramref name="size"/> bytes that nobody can shrink (so mappings of it cannot fault).</summary>
    /// <returns>EFBIG for a size that no file can have.</returns>
    public static Errno Create(string name, ulong size, out OwnedFd? fd)
    {
        fd = null;
        Errno errno = CreateShrinkable(name, size, mayBeSealed: true, out OwnedFd? owner);
        if (errno.IsSuccess)
            errno = SealAgainstShrinking(owner!.Fd);
        if (errno.IsError)
            owner?.Dispose();
        else
            fd = owner;
        return errno;
    }

    /// <summary>A new memory file of <paramref name="size"/> bytes that its owner can shrink.</summary>
    /// <param name="mayBeSealed">Whether whoever has the descriptor can seal it.</param>
    /// <returns>EFBIG for a size that no file can have.</returns>
    public static Errno CreateShrinkable(string name, ulong size, bool mayBeSealed, out OwnedFd? fd)
    {
        fd = null;
        if (size > long.MaxValue)
            return Errno.EFBIG;
        int n = Libc.memfd_create(name, Libc.MFD_CLOEXEC | (mayBeSealed ? Libc.MFD_ALLOW_SEALING : 0));
        if (n < 0)
            return Errno.Last;
        OwnedFd owner = new(n);
        Errno errno = Files.Truncate(n, size);
        if (errno.IsError)
        {
            owner.Dispose();
            return errno;
        }

        fd = owner;
        return Errno.Success;
    }

    /// <summary>Seals the file against shrinking, for all who have it and for good.</summary>
    /// <returns>EINVAL for a file that has no seals, EPERM when its owner forbade them or the descriptor is read-only.</returns>
    public static Errno SealAgainstShrinking(int fd) =>
        Libc.fcntl(fd, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK) < 0 ? Errno.Last : Errno.Success;

    /// <summary>Seals the file against any change of its size, for all who have it and for good.</summary>
    /// <returns>As <see cref="SealAgainstShrinking"/>.</returns>
    public static Errno SealSize(int fd) =>
        Libc.fcntl(fd, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW) < 0 ? Errno.Last : Errno.Success;

    /// <summary>Whether the file is sealed against shrinking. Without the seal its owner can make a mapping fault (SIGBUS).</summary>
    public static bool CannotShrink(int fd)
    {
        int seals = Libc.fcntl(fd, Libc.F_GET_SEALS, 0);
        return seals >= 0 && (seals & Libc.F_SEAL_SHRINK) != 0;
    }
}
