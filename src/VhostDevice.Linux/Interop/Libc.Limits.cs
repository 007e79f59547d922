// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

internal static unsafe partial class Libc
{
    internal const int RLIMIT_NOFILE = 7;

    // The same on every 64-bit Linux.
    [LibraryImport(Library)]
    internal static partial int getrlimit(int resource, RLimit* limit);

    [LibraryImport(Library)]
    internal static partial int setrlimit(int resource, RLimit* limit);
}

/// <summary><c>struct rlimit</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RLimit
{
    public ulong Soft;
    public ulong Hard;
}
