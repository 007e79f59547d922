// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

internal static unsafe partial class Libc
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrnam_r(string name, Group* group, byte* buffer, nuint size, Group** result);
}

/// <summary><c>struct group</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Group
{
    public byte* Name;
    public byte* Password;
    public uint Id;
    public byte** Members;
}
