// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

// linux/input.h. The size of a buffer is part of the number of those that fill one.

internal static class EvdevIoctl
{
    internal const uint EVIOCGID = 0x80084502;
    internal const uint EVIOCGRAB = 0x40044590;

    // Of 128 bytes.
    internal const uint EVIOCGNAME_128 = 0x80804506;
    internal const uint EVIOCGUNIQ_128 = 0x80804508;
    internal const uint EVIOCGPROP_128 = 0x80804509;
    internal const uint EVIOCGKEY_128 = 0x80804518;
    internal const uint EVIOCGLED_128 = 0x80804519;
    internal const uint EVIOCGSW_128 = 0x8080451B;

    // EVIOCGBIT(type, 128); the type is added.
    internal const uint EVIOCGBIT_128 = 0x80804520;

    // EVIOCGABS(axis); the axis is added.
    internal const uint EVIOCGABS = 0x80184540;

    // EVIOCGMTSLOTS(260): the code, and values of 64 slots.
    internal const uint EVIOCGMTSLOTS_260 = 0x8104450A;
}

[StructLayout(LayoutKind.Sequential)]
internal struct InputId
{
    internal ushort BusType;
    internal ushort Vendor;
    internal ushort Product;
    internal ushort Version;
}

[StructLayout(LayoutKind.Sequential)]
internal struct InputAbsInfo
{
    internal int Value;
    internal int Minimum;
    internal int Maximum;
    internal int Fuzz;
    internal int Flat;
    internal int Resolution;
}
