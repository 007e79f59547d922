// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

internal static unsafe partial class Libc
{
    internal const nuint AT_SYSINFO_EHDR = 33;

    internal const byte ELFCLASS64 = 2;
    internal const byte ELFDATA2LSB = 1;
    internal const uint PT_LOAD = 1;
    internal const uint PT_DYNAMIC = 2;
    internal const long DT_NULL = 0;
    internal const long DT_HASH = 4;
    internal const long DT_STRTAB = 5;
    internal const long DT_SYMTAB = 6;
    internal const int STT_FUNC = 2;

    [LibraryImport(Library)]
    internal static partial nuint getauxval(nuint type);
}
