// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

internal static unsafe partial class Libc
{
    internal const int PR_CAPBSET_DROP = 24;
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const int PR_CAP_AMBIENT = 47;
    internal const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    /// <summary>The two 32-bit words of each set, which all kernels since 2.6.26 have.</summary>
    internal const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    internal const uint SECCOMP_SET_MODE_FILTER = 1;
    internal const uint SECCOMP_GET_ACTION_AVAIL = 2;
    internal const uint SECCOMP_FILTER_FLAG_TSYNC = 1;
    internal const uint SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
    internal const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    internal const uint SECCOMP_RET_ERRNO = 0x00050000;
    internal const uint SECCOMP_RET_LOG = 0x7ffc0000;
    internal const uint SECCOMP_RET_ALLOW = 0x7fff0000;
    internal const uint SECCOMP_RET_DATA = 0x0000ffff;

    internal const uint AUDIT_ARCH_X86_64 = 0xC000003E;
    internal const uint AUDIT_ARCH_AARCH64 = 0xC00000B7;

    internal const ushort BPF_LD = 0x00;
    internal const ushort BPF_W = 0x00;
    internal const ushort BPF_ABS = 0x20;
    internal const ushort BPF_ALU = 0x04;
    internal const ushort BPF_AND = 0x50;
    internal const ushort BPF_JMP = 0x05;
    internal const ushort BPF_JA = 0x00;
    internal const ushort BPF_JEQ = 0x10;
    internal const ushort BPF_JGE = 0x30;
    internal const ushort BPF_K = 0x00;
    internal const ushort BPF_RET = 0x06;

    /// <summary>The most instructions that the kernel takes.</summary>
    internal const int BPF_MAXINSNS = 4096;

    internal const uint LANDLOCK_CREATE_RULESET_VERSION = 1;
    internal const int LANDLOCK_RULE_PATH_BENEATH = 1;
    internal const uint LANDLOCK_RESTRICT_SELF_TSYNC = 8;

    internal const ulong LANDLOCK_ACCESS_FS_EXECUTE = 1 << 0;
    internal const ulong LANDLOCK_ACCESS_FS_WRITE_FILE = 1 << 1;
    internal const ulong LANDLOCK_ACCESS_FS_READ_FILE = 1 << 2;
    internal const ulong LANDLOCK_ACCESS_FS_READ_DIR = 1 << 3;
    internal const ulong LANDLOCK_ACCESS_FS_REMOVE_DIR = 1 << 4;
    internal const ulong LANDLOCK_ACCESS_FS_REMOVE_FILE = 1 << 5;
    internal const ulong LANDLOCK_ACCESS_FS_MAKE_CHAR = 1 << 6;
    internal const ulong LANDLOCK_ACCESS_FS_MAKE_DIR = 1 << 7;
    internal const ulong LANDLOCK_ACCESS_FS_MAKE_REG = 1 << 8;
    internal const ulong LANDLOCK_ACCESS_FS_MAKE_SOCK = 1 << 9;
    internal const ulong LANDLOCK_ACCESS_FS_MAKE_FIFO = 1 << 10;
    internal const ulong LANDLOCK_ACCESS_FS_MAKE_BLOCK = 1 << 11;
    internal const ulong LANDLOCK_ACCESS_FS_MAKE_SYM = 1 << 12;
    internal const ulong LANDLOCK_ACCESS_FS_REFER = 1 << 13;
    internal const ulong LANDLOCK_ACCESS_FS_TRUNCATE = 1 << 14;
    internal const ulong LANDLOCK_ACCESS_FS_IOCTL_DEV = 1 << 15;
    internal const ulong LANDLOCK_ACCESS_FS_RESOLVE_UNIX = 1 << 16;
    internal const ulong LANDLOCK_ACCESS_NET_BIND_TCP = 1 << 0;
    internal const ulong LANDLOCK_ACCESS_NET_CONNECT_TCP = 1 << 1;
    internal const ulong LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0;

    [LibraryImport(Library)]
    internal static partial int prctl(int option, nint second, nint third, nint fourth, nint fifth);

    /// <summary>For the calls that the C library has no function or no header for.</summary>
    // Variadic in C; for integers and pointers the calling convention is the same on x64 and arm64 Linux.
    [LibraryImport(Library)]
    internal static partial long syscall(long number, nint first, nint second, nint third, nint fourth, nint fifth = 0, nint sixth = 0);
}
