// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>An event as /dev/input/event* gives and takes it (struct input_event of 64-bit Linux).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct EvdevEvent
{
    /// <summary>Since the epoch; the kernel sets it.</summary>
    public long Seconds;

    /// <summary>0 to 999999.</summary>
    public long Microseconds;

    /// <summary>EV_KEY and its like.</summary>
    public ushort Type;

    public ushort Code;

    public int Value;
}
