// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

// linux/spi/spidev.h.

internal static class SpiIoctl
{
    internal const uint SPI_IOC_RD_BITS_PER_WORD = 0x80016B03;
    internal const uint SPI_IOC_WR_BITS_PER_WORD = 0x40016B03;
    internal const uint SPI_IOC_RD_MAX_SPEED_HZ = 0x80046B04;
    internal const uint SPI_IOC_RD_MODE32 = 0x80046B05;
    internal const uint SPI_IOC_WR_MODE32 = 0x40046B05;

    // SPI_IOC_MESSAGE(1): of one transfer.
    internal const uint SPI_IOC_MESSAGE_1 = 0x40206B00;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SpiIocTransfer
{
    internal ulong Sent;
    internal ulong Received;
    internal uint Length;
    internal uint SpeedHz;
    internal ushort DelayMicroseconds;
    internal byte BitsPerWord;
    internal byte ChipSelectChange;
    internal byte SentLines;
    internal byte ReceivedLines;
    internal byte WordDelayMicroseconds;
    internal byte Padding;
}
