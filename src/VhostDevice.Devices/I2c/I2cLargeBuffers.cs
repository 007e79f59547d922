// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>
/// Buffers for long messages, one for each message of a transfer. A device has one set, at most 43 of 8 KiB, and a batch
/// ends with the transfer that uses it.
/// </summary>
internal sealed class I2cLargeBuffers
{
    private const int Smallest = 64;

    internal byte[]?[] Buffers { get; } = new byte[I2cGroup.Capacity][];

    /// <summary>A pinned buffer of at least that many bytes, at most <see cref="I2cMessage.MaxLength"/>.</summary>
    internal static byte[] Allocate(int length) =>
        GC.AllocateUninitializedArray<byte>((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, Smallest)), pinned: true);
}
