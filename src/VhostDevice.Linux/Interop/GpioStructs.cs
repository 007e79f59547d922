// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

// linux/gpio.h, ABI v2. The ABI tests check sizes, offsets and numbers.

internal static class GpioIoctl
{
    internal const uint GPIO_GET_CHIPINFO_IOCTL = 0x8044b401;
    internal const uint GPIO_V2_GET_LINEINFO_IOCTL = 0xc100b405;
    internal const uint GPIO_V2_GET_LINE_IOCTL = 0xc250b407;
    internal const uint GPIO_V2_LINE_SET_CONFIG_IOCTL = 0xc110b40d;
    internal const uint GPIO_V2_LINE_GET_VALUES_IOCTL = 0xc010b40e;
    internal const uint GPIO_V2_LINE_SET_VALUES_IOCTL = 0xc010b40f;
    internal const uint GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES = 2;
    internal const int GPIO_MAX_NAME_SIZE = 32;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GpioChipInfo
{
    internal fixed byte Name[GpioIoctl.GPIO_MAX_NAME_SIZE];
    internal fixed byte Label[GpioIoctl.GPIO_MAX_NAME_SIZE];
    internal uint Lines;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GpioV2LineAttribute
{
    internal uint Id;
    private readonly uint _padding;

    /// <summary>The union of flags, values and a period.</summary>
    internal ulong Values;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GpioV2LineConfigAttribute
{
    internal GpioV2LineAttribute Attribute;
    internal ulong Mask;
}

[InlineArray(10)]
internal struct GpioV2LineAttributes
{
    private GpioV2LineAttribute _first;
}

[InlineArray(10)]
internal struct GpioV2LineConfigAttributes
{
    private GpioV2LineConfigAttribute _first;
}

[InlineArray(64)]
internal struct GpioV2Offsets
{
    private uint _first;
}

[StructLayout(LayoutKind.Sequential, Size = 272)]
internal unsafe struct GpioV2LineConfig
{
    internal ulong Flags;
    internal uint AttributeCount;
    private fixed uint _padding[5];
    internal GpioV2LineConfigAttributes Attributes;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GpioV2LineRequest
{
    internal GpioV2Offsets Offsets;
    internal fixed byte Consumer[GpioIoctl.GPIO_MAX_NAME_SIZE];
    internal GpioV2LineConfig Config;
    internal uint LineCount;
    internal uint EventBufferSize;
    private fixed uint _padding[5];
    internal int Fd;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GpioV2LineInfo
{
    internal fixed byte Name[GpioIoctl.GPIO_MAX_NAME_SIZE];
    internal fixed byte Consumer[GpioIoctl.GPIO_MAX_NAME_SIZE];
    internal uint Offset;
    internal uint AttributeCount;
    internal ulong Flags;
    internal GpioV2LineAttributes Attributes;
    private fixed uint _padding[4];
}

[StructLayout(LayoutKind.Sequential)]
internal struct GpioV2LineValues
{
    internal ulong Bits;
    internal ulong Mask;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GpioV2LineEvent
{
    internal ulong Nanoseconds;
    internal uint Id;
    internal uint Offset;
    internal uint Sequence;
    internal uint LineSequence;
    private fixed uint _padding[6];
}
