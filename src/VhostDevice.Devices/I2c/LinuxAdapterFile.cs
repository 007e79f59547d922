// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>The kernel's own. Owns the descriptor.</summary>
internal sealed class LinuxAdapterFile(OwnedFd file) : IAdapterFile
{
    public Errno Functions(out I2cFunctions functions) => I2cDev.Functions(file.Fd, out functions);

    public Errno SetAddress(ushort address, bool tenBit) => I2cDev.SetAddress(file.Fd, address, tenBit);

    public int Transfer(ReadOnlySpan<I2cMessage> messages, out Errno errno) => I2cDev.Transfer(file.Fd, messages, out errno);

    public Errno Smbus(bool read, byte command, SmbusOperation operation, ref I2cSmbusData data) =>
        I2cDev.Smbus(file.Fd, read, command, operation, ref data);

    public void Dispose() => file.Dispose();
}
