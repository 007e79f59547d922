// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

// linux/i2c-dev.h. struct i2c_msg is I2cMessage, union i2c_smbus_data is I2cSmbusData.

internal static class I2cIoctl
{
    internal const uint I2C_TENBIT = 0x0704;
    internal const uint I2C_SLAVE = 0x0703;
    internal const uint I2C_FUNCS = 0x0705;
    internal const uint I2C_RDWR = 0x0707;
    internal const uint I2C_SMBUS = 0x0720;
    internal const byte I2C_SMBUS_READ = 1;
    internal const byte I2C_SMBUS_WRITE = 0;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct I2cRdwrData
{
    internal I2cMessage* Messages;
    internal uint Count;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct I2cSmbusIoctlData
{
    internal byte ReadWrite;
    internal byte Command;
    internal uint Size;
    internal I2cSmbusData* Data;
}
