// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Spi;

/// <summary>The configuration space (<c>struct virtio_spi_config</c>, virtio 1.4 §5.20.4). Little endian.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SpiConfig
{
    /// <summary>How many chip selects there are; ids are smaller.</summary>
    internal byte ChipSelects;

    /// <summary>Whether a request may ask for another state of its chip select at its end.</summary>
    internal byte ChipSelectChange;

    internal SpiLines SentLines;
    internal SpiLines ReceivedLines;

    /// <summary>Bit n-1: words of n bits; 0: all of them.</summary>
    internal uint WordSizes;

    internal SpiFunctions Functions;

    /// <summary>In Hz; 0: without a limit.</summary>
    internal uint MaxFrequency;

    /// <summary>All in nanoseconds; 0: such a delay cannot be had.</summary>
    internal uint MaxWordDelay;

    internal uint MaxSetupDelay;
    internal uint MaxHoldDelay;
    internal uint MaxInactiveDelay;
}
