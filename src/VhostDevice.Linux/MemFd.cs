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
        if (size > long.MaxValue)
            return Errno.EFBIG;
        int n = Libc.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        if (n < 0)
            return Errno.Last;
        OwnedFd owner = new(n);
        if (Libc.ftruncate(n, (long)size) < 0 || Libc.fcntl(n, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK) < 0)
        {
            Errno errno = Errno.Last;
            owner.Dispose();
            return errno;
        }

        fd = owner;
        return Errno.Success;
    }

    /// <summary>Whether the file is sealed against shrinking. Without the seal its owner can make a mapping fault (SIGBUS).</summary>
    public static bool CannotShrink(int fd)
    {
        int seals = Libc.fcntl(fd, Libc.F_GET_SEALS, 0);
        return seals >= 0 && (seals & Libc.F_SEAL_SHRINK) != 0;
    }
}
