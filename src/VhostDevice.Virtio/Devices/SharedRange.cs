// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Devices;

/// <summary>A part of one of a device's shared memory regions (virtio 1.3 §2.10).</summary>
/// <param name="region">The region's id, an index of <see cref="VirtioDevice.SharedMemorySizes"/>.</param>
/// <param name="offset">Bytes from the start of the region to the first of the range; whole pages.</param>
/// <param name="length">Bytes; whole pages, at least one.</param>
public readonly struct SharedRange(byte region, ulong offset, ulong length)
{
    public byte Region => region;

    public ulong Offset => offset;

    public ulong Length => length;
}
