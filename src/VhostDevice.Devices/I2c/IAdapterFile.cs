// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>The calls of an open /dev/i2c-N; apart, so that tests can stand in for the kernel. For one thread at a time.</summary>
public interface IAdapterFile : IDisposable
{
    /// <inheritdoc cref="I2cDev.Functions"/>
    Errno Functions(out I2cFunctions functions);

    /// <inheritdoc cref="I2cDev.SetAddress"/>
    Errno SetAddress(ushort address, bool tenBit);

    /// <inheritdoc cref="I2cDev.Transfer"/>
    int Transfer(ReadOnlySpan<I2cMessage> messages, out Errno errno);

    /// <inheritdoc cref="I2cDev.Smbus"/>
    Errno Smbus(bool read, byte command, SmbusOperation operation, ref I2cSmbusData data);
}
