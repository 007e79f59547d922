// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux.Sandbox;

/// <summary>A system call by its name in the kernel, with its number on each architecture.</summary>
/// <param name="Name">As in <c>__NR_name</c>.</param>
/// <param name="X64">Number on x86-64, or <see cref="None"/>.</param>
/// <param name="Arm64">Number on arm64, or <see cref="None"/>: the older calls are missing there.</param>
public readonly record struct SystemCall(string Name, int X64, int Arm64)
{
    /// <summary>An architecture does not have the call.</summary>
    public const int None = -1;

    /// <summary>The number on this machine, or <see cref="None"/>.</summary>
    public int Number => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64 : X64;

    public override string ToString() => Name;
}
