// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Locks of ranges of bytes that belong to an open file rather than to a process ("open file description locks",
/// fcntl(2)): they end when the last descriptor of that opening is closed, and two openings in one process exclude each
/// other like those of two. They bind only those who ask for them.
/// </summary>
public static unsafe class FileLocks
{
    /// <summary>Locks bytes that others may lock so, too. The file must be open for reading.</summary>
    /// <returns>
    /// EAGAIN when somebody holds an exclusive lock there; ENOLCK, EOPNOTSUPP or EINVAL where the file system or the
    /// kernel has none.
    /// </returns>
    public static Errno Share(int fd, ulong start, ulong length)
    {
        FileLockRange range = Range(Libc.F_RDLCK, start, length);
        while (Libc.fcntl(fd, Libc.F_OFD_SETLK, (nint)(&range)) < 0)
        {
            Errno errno = Errno.Last;
            // EACCES: the same, on some file systems.
            if (errno != Errno.EINTR)
                return errno == Errno.EACCES ? Errno.EAGAIN : errno;
        }

        return Errno.Success;
    }

    /// <summary>Whether another opening of the file has a lock of any kind in a range.</summary>
    public static Errno IsLockedByOther(int fd, ulong start, ulong length, out bool isLocked)
    {
        FileLockRange range = Range(Libc.F_WRLCK, start, length);
        isLocked = false;
        while (Libc.fcntl(fd, Libc.F_OFD_GETLK, (nint)(&range)) < 0)
        {
            Errno errno = Errno.Last;
            if (errno != Errno.EINTR)
                return errno;
        }

        isLocked = range.Type != Libc.F_UNLCK;
        return Errno.Success;
    }

    private static FileLockRange Range(short type, ulong start, ulong length) => new() { Type = type, Start = (long)start, Length = (long)length };
}
