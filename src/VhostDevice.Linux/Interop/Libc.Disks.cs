// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

internal static unsafe partial class Libc
{
    internal const int RWF_DSYNC = 2;

    internal const int POSIX_FADV_WILLNEED = 3;

    internal const int SEEK_END = 2;
    internal const int SEEK_DATA = 3;
    internal const int SEEK_HOLE = 4;

    internal const long TMPFS_MAGIC = 0x01021994;
    internal const long EXT4_SUPER_MAGIC = 0xEF53;
    internal const long XFS_SUPER_MAGIC = 0x58465342;
    internal const long BTRFS_SUPER_MAGIC = 0x9123683E;
    internal const long F2FS_SUPER_MAGIC = 0xF2F52010;

    [LibraryImport(Library)]
    internal static partial int fdatasync(int fd);

    [LibraryImport(Library)]
    internal static partial int fallocate(int fd, int mode, long offset, long length);

    // The error number is the result, and errno stays.
    [LibraryImport(Library)]
    internal static partial int posix_fadvise(int fd, long offset, long length, int advice);

    [LibraryImport(Library)]
    internal static partial long lseek(int fd, long offset, int whence);

    [LibraryImport(Library)]
    internal static partial int fstatfs(int fd, void* result);
}
