// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>The kinds of SMBus transfers (linux/i2c.h, the size of I2C_SMBUS).</summary>
public enum SmbusOperation : uint
{
    /// <summary>The address alone; its read/write bit is the message.</summary>
    Quick = 0,

    /// <summary>One byte; written, it is the command.</summary>
    Byte = 1,

    ByteData = 2,
    WordData = 3,

    /// <summary>A command and a word, answered by a word.</summary>
    ProcessCall = 4,

    /// <summary>A command, a count, and so many bytes.</summary>
    Block = 5,

    /// <summary>A block, answered by a block.</summary>
    BlockProcessCall = 7,

    /// <summary>A command and bytes without a count on the wire.</summary>
    I2cBlock = 8,
}
