// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>What <see cref="I2cMessage.Flags"/> says (linux/i2c.h).</summary>
[Flags]
public enum I2cMessageFlags : ushort
{
    None = 0,

    /// <summary>From the peripheral to the host; otherwise to the peripheral (I2C_M_RD).</summary>
    Read = 0x0001,

    /// <summary>The address has 10 bits, not 7 (I2C_M_TEN).</summary>
    TenBit = 0x0010,
}

/// <summary>
/// One part of a transfer on an I2C bus, from a (repeated) start to the next start or the stop. The layout is the
/// kernel's <c>struct i2c_msg</c>, so that a list of them goes to I2C_RDWR as it is.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct I2cMessage
{
    /// <summary>Most messages of one transfer (I2C_RDWR_IOCTL_MAX_MSGS).</summary>
    public const int MaxMessages = 42;

    /// <summary>Most bytes of one message; i2c-dev takes no more.</summary>
    public const int MaxLength = 8192;

    /// <summary>The address itself, without a read/write bit: 0 to 0x7f, or to 0x3ff with <see cref="I2cMessageFlags.TenBit"/>.</summary>
    public ushort Address;

    public I2cMessageFlags Flags;

    /// <summary>Bytes to write or to read; 0 only addresses the peripheral.</summary>
    public ushort Length;

    /// <summary>Where they are or go; the giver keeps the memory as long as the transfer takes. Not looked at when the length is 0.</summary>
    public byte* Buffer;

    public readonly bool IsRead => (Flags & I2cMessageFlags.Read) != 0;

    public readonly bool IsTenBit => (Flags & I2cMessageFlags.TenBit) != 0;

    /// <summary>The buffer; see there.</summary>
    public readonly Span<byte> Data => new(Buffer, Length);
}
