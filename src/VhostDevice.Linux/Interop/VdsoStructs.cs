// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

// What is read of the vDSO, a small ELF image that the kernel maps into every process.

[InlineArray(16)]
internal struct ElfIdentity
{
    private byte _first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct Elf64Header
{
    internal ElfIdentity Identity;
    internal ushort Type;
    internal ushort Machine;
    internal uint Version;
    internal ulong Entry;
    internal ulong ProgramHeaders;
    internal ulong SectionHeaders;
    internal uint Flags;
    internal ushort HeaderSize;
    internal ushort ProgramHeaderSize;
    internal ushort ProgramHeaderCount;
    internal ushort SectionHeaderSize;
    internal ushort SectionHeaderCount;
    internal ushort SectionNames;
}

[StructLayout(LayoutKind.Sequential)]
internal struct Elf64ProgramHeader
{
    internal uint Type;
    internal uint Flags;
    internal ulong Offset;
    internal ulong Address;
    internal ulong PhysicalAddress;
    internal ulong FileSize;
    internal ulong MemorySize;
    internal ulong Alignment;
}

[StructLayout(LayoutKind.Sequential)]
internal struct Elf64Dynamic
{
    internal long Tag;
    internal ulong Value;
}

[StructLayout(LayoutKind.Sequential)]
internal struct Elf64Symbol
{
    internal uint Name;
    internal byte Info;
    internal byte Other;
    internal ushort Section;
    internal ulong Value;
    internal ulong Size;
}

/// <summary><c>struct vgetrandom_opaque_params</c>: how the vDSO wants the memory of its generator.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct VGetrandomOpaqueParams
{
    internal uint StateSize;
    internal int MapProtection;
    internal int MapFlags;
}
