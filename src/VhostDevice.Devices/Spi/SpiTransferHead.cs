// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Spi;

/// <summary>What a request begins with: <c>struct virtio_spi_transfer_head</c> (virtio 1.4 §5.20.6.1). Little endian.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SpiTransferHead
{
    internal byte ChipSelect;

    /// <summary>0: eight.</summary>
    internal byte BitsPerWord;

    /// <summary>Whether the chip is deselected afterwards.</summary>
    internal byte ChipSelectChange;

    /// <summary>1, 2, 4 or 8; 0 is 1.</summary>
    internal byte SentLines;

    internal byte ReceivedLines;
    internal byte Reserved0;
    internal byte Reserved1;
    internal byte Reserved2;
    internal SpiTransferMode Mode;

    /// <summary>In Hz; 0: whichever.</summary>
    internal uint Frequency;

    /// <summary>All in nanoseconds.</summary>
    internal uint WordDelay;

    internal uint SetupDelay;
    internal uint HoldDelay;
    internal uint InactiveDelay;
}
