// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

// linux/can.h, linux/can/raw.h, linux/can/error.h, and what of net/if.h finds an interface.

internal static class CanConstants
{
    internal const int CAN_RAW = 1;
    internal const int SOL_CAN_RAW = 101;
    internal const int CAN_RAW_FILTER = 1;
    internal const int CAN_RAW_ERR_FILTER = 2;
    internal const int CAN_RAW_RECV_OWN_MSGS = 4;
    internal const int CAN_RAW_FD_FRAMES = 5;
    internal const uint CAN_EFF_FLAG = 0x8000_0000;
    internal const uint CAN_RTR_FLAG = 0x4000_0000;
    internal const uint CAN_ERR_FLAG = 0x2000_0000;
    internal const uint CAN_SFF_MASK = 0x7FF;
    internal const uint CAN_EFF_MASK = 0x1FFF_FFFF;
    internal const uint CAN_INV_FILTER = 0x2000_0000;
    internal const uint CAN_ERR_BUSOFF = 0x40;
    internal const uint CAN_ERR_RESTARTED = 0x100;
    internal const int CAN_MTU = 16;
    internal const int CANFD_MTU = 72;
    internal const byte CANFD_FDF = 0x04;
    internal const uint SIOCGIFMTU = 0x8921;
    internal const uint SIOCGIFINDEX = 0x8933;
    internal const int IFNAMSIZ = 16;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SockAddrCan
{
    internal ushort Family;
    internal int InterfaceIndex;
    internal ulong FirstAddress;
    internal ulong SecondAddress;
}

/// <summary><c>struct ifreq</c> with a number in its union.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IfReq
{
    internal IfName Name;
    internal int Value;
    internal int Padding;
    internal ulong FirstRest;
    internal ulong SecondRest;
}

[InlineArray(CanConstants.IFNAMSIZ)]
internal struct IfName
{
    private byte _first;
}
