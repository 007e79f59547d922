// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary><c>struct sock_filter</c>: one instruction of classic BPF.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SockFilter
{
    internal ushort Code;
    internal byte JumpTrue;
    internal byte JumpFalse;
    internal uint Operand;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SockFprog
{
    internal ushort Length;
    internal SockFilter* Filter;
}

/// <summary>What a filter looks at.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SeccompData
{
    internal int Number;
    internal uint Architecture;
    internal ulong InstructionPointer;
    internal fixed ulong Arguments[6];
}

[StructLayout(LayoutKind.Sequential)]
internal struct CapUserHeader
{
    internal uint Version;
    internal int Pid;
}

/// <summary>32 of the capabilities; the call takes two of these.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapUserData
{
    internal uint Effective;
    internal uint Permitted;
    internal uint Inheritable;
}

/// <summary><c>struct landlock_ruleset_attr</c>, which has grown: older kernels are told the size that they know.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LandlockRulesetAttr
{
    internal ulong HandledAccessFs;
    internal ulong HandledAccessNet;
    internal ulong Scoped;
}

[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct LandlockPathBeneathAttr
{
    internal ulong AllowedAccess;
    internal int ParentFd;
}
