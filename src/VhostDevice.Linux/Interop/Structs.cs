// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

// Kernel structures by their C names. The ABI tests compile static asserts for every size and offset here.

/// <summary><c>struct epoll_event</c> on x86-64, where the kernel packs it.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct EpollEventPacked
{
    internal uint Events;
    internal ulong Data;
}

/// <summary><c>struct epoll_event</c> on every other architecture: naturally aligned.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EpollEventAligned
{
    internal uint Events;
    internal ulong Data;
}

[StructLayout(LayoutKind.Sequential)]
internal struct PollFd
{
    internal int Fd;
    internal short Events;
    internal short ReturnedEvents;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    internal long Seconds;
    internal long Nanoseconds;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ITimerSpec
{
    internal TimeSpec Interval;
    internal TimeSpec Value;
}

/// <summary>The C library's <c>sigset_t</c>: 1024 bits.</summary>
[InlineArray(16)]
internal struct SigSet
{
    private ulong _word;
}

/// <summary>The head of <c>struct signalfd_siginfo</c> (128 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct SignalFdInfo
{
    internal uint Signal;
    internal int Errno;
    internal int Code;
    internal uint SenderPid;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SockAddrUn
{
    internal const int PathCapacity = 108;

    internal ushort Family;
    internal fixed byte Path[PathCapacity];
}

[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct SockAddrVm
{
    internal ushort Family;
    private readonly ushort _reserved;
    internal uint Port;
    internal uint Cid;
    internal byte Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MsgHdr
{
    internal void* Name;
    internal uint NameLength;
    internal IoVec* Vectors;
    internal nuint VectorCount;
    internal void* Control;
    internal nuint ControlLength;
    internal int Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CMsgHdr
{
    internal nuint Length;
    internal int Level;
    internal int Type;
}

[StructLayout(LayoutKind.Sequential)]
internal struct StatxTimestamp
{
    internal long Seconds;
    internal uint Nanoseconds;
    internal int Reserved;
}

/// <summary><c>struct statx</c>: the same layout on every architecture, unlike <c>struct stat</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct Statx
{
    internal uint Mask;
    internal uint BlockSize;
    internal ulong Attributes;
    internal uint LinkCount;
    internal uint Uid;
    internal uint Gid;
    internal ushort Mode;
    private readonly ushort _spare;
    internal ulong Inode;
    internal ulong Size;
    internal ulong Blocks;
    internal ulong AttributesMask;
    internal StatxTimestamp AccessTime;
    internal StatxTimestamp BirthTime;
    internal StatxTimestamp ChangeTime;
    internal StatxTimestamp ModificationTime;
    internal uint RdevMajor;
    internal uint RdevMinor;
    internal uint DevMajor;
    internal uint DevMinor;
}
