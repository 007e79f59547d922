// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

internal static class TerminalIoctl
{
    internal const uint TCGETS = 0x5401;
    internal const uint TCSETS = 0x5402;
    internal const uint TCSETSW = 0x5403;
    internal const uint TIOCGWINSZ = 0x5413;
    internal const uint TIOCSWINSZ = 0x5414;
    internal const uint FIONREAD = 0x541B;
    internal const uint TIOCSPTLCK = 0x40045431;
    internal const uint TIOCGPTN = 0x80045430;
}

/// <summary>The kernel's <c>struct termios</c>, which is shorter than the C library's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelTermios
{
    internal const int Characters = 19; // NCCS

    internal uint InputFlags;
    internal uint OutputFlags;
    internal uint ControlFlags;
    internal uint LocalFlags;
    internal byte Line;
    internal fixed byte ControlCharacters[Characters];
}

[StructLayout(LayoutKind.Sequential)]
internal struct WinSize
{
    internal ushort Rows;
    internal ushort Columns;
    internal ushort XPixels;
    internal ushort YPixels;
}
