// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>The C library, one partial file per subject. Everything is blittable; errno is the caller's to read at once.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    internal const int AT_FDCWD = -100;

    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_GET_SEALS = 1034;

    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_NOCTTY = 0x100;
    internal const int O_TRUNC = 0x200;
    internal const int O_APPEND = 0x400;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_PATH = 0x200000;

    internal const int W_OK = 2;

    internal const int RWF_NOWAIT = 8;

    [LibraryImport(Library)]
    internal static partial int close(int fd);

    [LibraryImport(Library)]
    internal static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport(Library)]
    internal static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport(Library)]
    internal static partial nint readv(int fd, IoVec* vectors, int count);

    [LibraryImport(Library)]
    internal static partial nint writev(int fd, IoVec* vectors, int count);

    [LibraryImport(Library)]
    internal static partial nint preadv(int fd, IoVec* vectors, int count, long offset);

    [LibraryImport(Library)]
    internal static partial nint pwritev(int fd, IoVec* vectors, int count, long offset);

    [LibraryImport(Library)]
    internal static partial nint preadv2(int fd, IoVec* vectors, int count, long offset, int flags);

    [LibraryImport(Library)]
    internal static partial nint pwritev2(int fd, IoVec* vectors, int count, long offset, int flags);

    // fcntl is variadic in C; for integer arguments the calling convention is the same on x64 and arm64 Linux.
    [LibraryImport(Library)]
    internal static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, int mode);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int access(string path, int mode);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlink(string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int symlink(string target, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint readlink(string path, byte* target, nuint size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int renameat(int oldDirectory, string oldPath, int newDirectory, string newPath);

    // "In" a folder rather than by path alone: the only form of these that every architecture has as a system call.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fchmodat(int directory, string path, uint mode, int flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fchownat(int directory, string path, uint user, uint group, int flags);

    [LibraryImport(Library)]
    internal static partial int ftruncate(int fd, long length);

    [LibraryImport(Library)]
    internal static partial int statx(int directory, byte* path, int flags, uint mask, Statx* result);

    [LibraryImport(Library)]
    internal static partial int pipe2(int* fds, int flags);

    [LibraryImport(Library)]
    internal static partial nint getrandom(void* buffer, nuint length, uint flags);
}
