// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>What disks need of files: transfers that do not wait or are durable, holes, flushes, sizes.</summary>
public static unsafe class DiskIo
{
    // Of struct statfs only the first word is looked at; the kernel writes 120 bytes.
    private const int StatfsBytes = 256;

    // O_DIRECT is one of the few flags whose number is the architecture's.
    private static readonly int s_direct = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;

    /// <summary>Reads what is in memory already. EAGAIN: it would have to wait; EOPNOTSUPP: the file cannot tell.</summary>
    public static nint ReadNoWait(int fd, IoVec* vectors, int count, ulong offset, out Errno errno) =>
        Move(write: false, fd, vectors, count, offset, Libc.RWF_NOWAIT, out errno);

    /// <summary>Writes what need not wait. EAGAIN: it would have to; EOPNOTSUPP: the file cannot tell.</summary>
    public static nint WriteNoWait(int fd, IoVec* vectors, int count, ulong offset, out Errno errno) =>
        Move(write: true, fd, vectors, count, offset, Libc.RWF_NOWAIT, out errno);

    /// <summary>Reads or writes, waiting for it. EINTR is retried.</summary>
    /// <param name="durable">Back only when it is on the medium (RWF_DSYNC).</param>
    public static nint Move(bool write, int fd, IoVec* vectors, int count, ulong offset, bool durable, out Errno errno) =>
        Move(write, fd, vectors, count, offset, durable ? Libc.RWF_DSYNC : 0, out errno);

    /// <summary>Everything that was written is on the medium when it returns.</summary>
    public static Errno Sync(int fd)
    {
        while (Libc.fdatasync(fd) < 0)
        {
            Errno errno = Errno.Last;
            if (errno != Errno.EINTR)
                return errno;
        }

        return Errno.Success;
    }

    /// <returns>EOPNOTSUPP where the file system or device cannot.</returns>
    public static Errno Allocate(int fd, AllocateMode mode, ulong offset, ulong length)
    {
        while (Libc.fallocate(fd, (int)mode, (long)offset, (long)length) < 0)
        {
            Errno errno = Errno.Last;
            if (errno != Errno.EINTR)
                return errno;
        }

        return Errno.Success;
    }

    /// <summary>
    /// Begins to read a range into the page cache; its reads go on when this returns. The kernel reads no more at once than
    /// it would read ahead by itself, often 128 KiB, and forgets the rest of the range.
    /// </summary>
    public static Errno ReadAhead(int fd, ulong offset, ulong length) =>
        new(Libc.posix_fadvise(fd, (long)offset, (long)length, Libc.POSIX_FADV_WILLNEED));

    /// <summary>The first byte of data at or behind an offset, or of a hole.</summary>
    /// <returns>ENXIO when there is none.</returns>
    public static Errno Seek(int fd, bool hole, ulong offset, out ulong found)
    {
        long n = Libc.lseek(fd, (long)offset, hole ? Libc.SEEK_HOLE : Libc.SEEK_DATA);
        found = n < 0 ? 0 : (ulong)n;
        return n < 0 ? Errno.Last : Errno.Success;
    }

    /// <summary>The length of a file or block device, which is where its end is.</summary>
    public static Errno Length(int fd, out ulong bytes)
    {
        long n = Libc.lseek(fd, 0, Libc.SEEK_END);
        bytes = n < 0 ? 0 : (ulong)n;
        return n < 0 ? Errno.Last : Errno.Success;
    }

    /// <summary>Whether the file lies in memory (tmpfs), where nothing ever waits for a device.</summary>
    public static bool IsInMemory(int fd) => FileSystem(fd) == Libc.TMPFS_MAGIC;

    /// <summary>Whether its file system is one of disks of this machine, so that no call waits for a server that may be gone.</summary>
    public static bool IsOnLocalDisk(int fd) =>
        FileSystem(fd)
            is Libc.EXT4_SUPER_MAGIC or Libc.XFS_SUPER_MAGIC or Libc.BTRFS_SUPER_MAGIC or Libc.F2FS_SUPER_MAGIC;

    /// <summary>Opens an existing file for reads and writes past the page cache (O_DIRECT).</summary>
    /// <returns>EINVAL where the file system cannot.</returns>
    public static Errno OpenDirect(string path, bool write, out OwnedFd? fd)
    {
        int n = Libc.open(path, Libc.O_CLOEXEC | s_direct | (write ? Libc.O_RDWR : Libc.O_RDONLY), 0);
        Errno errno = n < 0 ? Errno.Last : Errno.Success;
        fd = n < 0 ? null : new OwnedFd(n);
        return errno;
    }

    // The type in struct statfs; 0 where it cannot be asked for.
    private static long FileSystem(int fd)
    {
        long* buffer = stackalloc long[StatfsBytes / sizeof(long)];
        return Libc.fstatfs(fd, buffer) == 0 ? *buffer : 0;
    }

    private static nint Move(bool write, int fd, IoVec* vectors, int count, ulong offset, int flags, out Errno errno)
    {
        count = Math.Min(count, IoVec.MaxPerCall);
        while (true)
        {
            nint n = write ? Libc.pwritev2(fd, vectors, count, (long)offset, flags) : Libc.preadv2(fd, vectors, count, (long)offset, flags);
            errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno != Errno.EINTR)
                return n;
        }
    }
}
