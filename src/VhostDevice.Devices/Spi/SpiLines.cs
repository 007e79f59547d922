// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Spi;

/// <summary>On how many lines besides a single one data can go: the configuration's tx_nbits_supported and rx_nbits_supported.</summary>
[Flags]
public enum SpiLines : byte
{
    Single = 0,
    Dual = 1 << 0,
    Quad = 1 << 1,
    Octal = 1 << 2,
}
