// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues.Inflight;

/// <summary>
/// One queue's part of the memory in which a back-end records its requests in flight, so that its successor can carry
/// on after a crash (vhost-user specification, "Inflight I/O tracking"). The front-end keeps the memory between the two
/// and may write to it at any time: it is read when a ring starts, checked, and never read again.
/// </summary>
/// <param name="start">The first byte, aligned to 8; stays mapped as long as a queue that records there runs.</param>
/// <param name="descriptors">Number of descriptors that there is room for.</param>
public readonly unsafe struct InflightRegion(byte* start, ushort descriptors)
{
    /// <summary>Value of the version field; 0 is a region that nobody has used yet.</summary>
    internal const ushort Version = 1;

    /// <summary>Regions follow one another at multiples of this, as in other back-ends.</summary>
    private const ulong Alignment = 64;

    public byte* Start { get; } = start;

    public ushort Descriptors { get; } = descriptors;

    /// <summary>Called after every single store to the region once the ring runs: tests look at what a crash there would leave.</summary>
    public Action? Stored { get; init; }

    /// <summary>Bytes from one queue's region to the next one's.</summary>
    /// <param name="descriptors">Of each queue.</param>
    public static ulong Stride(ushort descriptors, bool packed)
    {
        ulong bytes = packed
            ? PackedInflightHeader.Size + ((ulong)descriptors * PackedInflightDescriptor.Size)
            : SplitInflightHeader.Size + ((ulong)descriptors * SplitInflightDescriptor.Size);
        return (bytes + Alignment - 1) & ~(Alignment - 1);
    }

    /// <summary>Makes the region one that nobody has used: after a reset no request is in flight any more.</summary>
    public void Forget() => Volatile.Write(ref ((SplitInflightHeader*)Start)->Version, 0);
}
