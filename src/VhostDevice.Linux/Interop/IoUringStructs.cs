// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

[StructLayout(LayoutKind.Sequential)]
internal struct IoSqringOffsets
{
    internal uint Head;
    internal uint Tail;
    internal uint RingMask;
    internal uint RingEntries;
    internal uint Flags;
    internal uint Dropped;
    internal uint Array;
    internal uint Reserved1;
    internal ulong UserAddress;
}

[StructLayout(LayoutKind.Sequential)]
internal struct IoCqringOffsets
{
    internal uint Head;
    internal uint Tail;
    internal uint RingMask;
    internal uint RingEntries;
    internal uint Overflow;
    internal uint Cqes;
    internal uint Flags;
    internal uint Reserved1;
    internal ulong UserAddress;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoUringParams
{
    internal uint SqEntries;
    internal uint CqEntries;
    internal uint Flags;
    internal uint SqThreadCpu;
    internal uint SqThreadIdle;
    internal uint Features;
    internal uint WqFd;
    internal fixed uint Reserved[3];
    internal IoSqringOffsets SqOffsets;
    internal IoCqringOffsets CqOffsets;
}

/// <summary><c>struct io_uring_sqe</c>, as far as it is used here.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct IoUringSqe
{
    internal byte Opcode;
    internal byte Flags;
    internal ushort IoPriority;
    internal int Fd;
    internal ulong Offset;
    internal ulong Address;
    internal uint Length;
    internal uint OperationFlags;
    internal ulong UserData;
}

[StructLayout(LayoutKind.Sequential)]
internal struct IoUringFilesUpdate
{
    internal uint Offset;
    internal uint Reserved;
    internal ulong Fds;
}

[StructLayout(LayoutKind.Sequential)]
internal struct IoUringCqe
{
    internal ulong UserData;
    internal int Result;
    internal uint Flags;
}
