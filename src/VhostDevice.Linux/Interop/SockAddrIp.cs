// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary><c>struct sockaddr_in6</c>, whose first 16 bytes are a <c>struct sockaddr_in</c>: its address is in <see cref="First"/>.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct SockAddrIp
{
    internal ushort Family;
    internal ushort Port;
    internal uint First;
    internal ulong Second;
    internal ulong Third;
    internal uint Scope;

    internal readonly bool IsSame(in SockAddrIp other) =>
        Family == other.Family && Port == other.Port
        && (Family == Libc.AF_INET ? First == other.First : Second == other.Second && Third == other.Third);
}
