// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

internal static unsafe partial class Libc
{
    // ioctl is variadic in C; for a pointer the calling convention is the same on x64 and arm64 Linux.
    [LibraryImport(Library)]
    internal static partial int ioctl(int fd, nuint request, void* argument);
}
