// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Spi;

/// <summary>What went to and came from the chip at one chip select. Every number only grows.</summary>
public struct SpiCounters
{
    /// <summary>Transfers that were made.</summary>
    public ulong Transfers;

    /// <summary>Transfers that failed.</summary>
    public ulong Errors;

    public ulong BytesSent;
    public ulong BytesReceived;
}
