// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>What an I2C adapter can do (linux/i2c.h, I2C_FUNC_…); bits that are of no use here have no name.</summary>
[Flags]
public enum I2cFunctions : uint
{
    None = 0,

    /// <summary>Plain transfers of any shape.</summary>
    I2c = 0x00000001,

    TenBit = 0x00000002,
    SmbusBlockProcessCall = 0x00008000,
    SmbusQuick = 0x00010000,
    SmbusReadByte = 0x00020000,
    SmbusWriteByte = 0x00040000,
    SmbusReadByteData = 0x00080000,
    SmbusWriteByteData = 0x00100000,
    SmbusReadWordData = 0x00200000,
    SmbusWriteWordData = 0x00400000,
    SmbusProcessCall = 0x00800000,
    SmbusReadBlock = 0x01000000,
    SmbusWriteBlock = 0x02000000,
    SmbusReadI2cBlock = 0x04000000,
    SmbusWriteI2cBlock = 0x08000000,
}
