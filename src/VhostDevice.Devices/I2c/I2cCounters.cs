// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.I2c;

/// <summary>What went to and came from one address. Every number only grows.</summary>
public struct I2cCounters
{
    /// <summary>Messages that the peripheral took or answered.</summary>
    public ulong Messages;

    /// <summary>Messages that failed, those included that were not begun because one before them failed.</summary>
    public ulong Errors;

    public ulong BytesRead;
    public ulong BytesWritten;
}
