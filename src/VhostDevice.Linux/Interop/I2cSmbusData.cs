// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>The kernel's <c>union i2c_smbus_data</c>: a byte, a word in the CPU's order, or a block with its count in front.</summary>
[StructLayout(LayoutKind.Sequential, Size = Capacity, Pack = 2)]
public unsafe struct I2cSmbusData
{
    /// <summary>Most bytes of a block.</summary>
    public const int MaxBlock = 32;

    private const int Capacity = MaxBlock + 2;

    private fixed byte _bytes[Capacity];

    public byte Byte
    {
        readonly get => _bytes[0];
        set => _bytes[0] = value;
    }

    public ushort Word
    {
        readonly get
        {
            fixed (byte* p = _bytes)
                return *(ushort*)p;
        }

        set
        {
            fixed (byte* p = _bytes)
                *(ushort*)p = value;
        }
    }

    /// <summary>Number of bytes in the block.</summary>
    public byte BlockLength
    {
        readonly get => _bytes[0];
        set => _bytes[0] = value;
    }

    /// <summary>The block's bytes, without the count.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public Span<byte> Block => MemoryMarshal.CreateSpan(ref _bytes[1], MaxBlock);
}
