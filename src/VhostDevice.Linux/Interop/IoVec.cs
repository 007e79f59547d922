// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary><c>struct iovec</c>: one piece of memory for vectored I/O.</summary>
/// <param name="baseAddress">Start of the piece; the caller keeps it mapped while the kernel uses it.</param>
/// <param name="length">Its length in bytes.</param>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct IoVec(byte* baseAddress, nuint length)
{
    /// <summary><c>IOV_MAX</c>: the most pieces that one system call takes.</summary>
    public const int MaxPerCall = 1024;

    public byte* Base = baseAddress;
    public nuint Length = length;

    public readonly Span<byte> AsSpan() => new(Base, checked((int)Length));
}
