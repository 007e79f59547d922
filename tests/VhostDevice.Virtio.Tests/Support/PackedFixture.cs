// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Tests.Support;

/// <summary>A packed ring at guest address 0, data behind it, and both sides of it.</summary>
internal sealed class PackedFixture
{
    public const int Budget = 1 << 20;

    public PackedFixture(
        ushort size = 16, bool eventIdx = false, bool indirect = true, bool inOrder = false, int start = 0, bool wrap = true, TestGuest? guest = null)
    {
        Guest = guest ?? new TestGuest((0, 1 << 20));
        Driver = new PackedRing(Guest, 0, size, start, wrap);
        Data = (Driver.End + 0xfff) & ~0xfffUL;
        Features = new RingFeatures(eventIdx, indirect, NotifyOnEmpty: false, Packed: true, inOrder);
        Queue = Open(Driver.NextBits | ((uint)Driver.NextBits << 16));
        Queue.BeginTurn(Budget);
    }

    public TestGuest Guest { get; }

    public PackedRing Driver { get; }

    public RecordingOwner Owner { get; } = new();

    public RingFeatures Features { get; }

    public PackedVirtqueue Queue { get; }

    /// <summary>Guest address of the first page that the ring does not use.</summary>
    public ulong Data { get; }

    /// <summary>Another start of the same ring.</summary>
    public PackedVirtqueue Open(uint start, GuestMemory? memory = null)
    {
        Assert.True(TryOpen(start, out PackedVirtqueue? queue, out string problem, memory), problem);
        return queue!;
    }

    public bool TryOpen(uint start, out PackedVirtqueue? queue, out string problem, GuestMemory? memory = null) =>
        PackedVirtqueue.TryCreate(0, Driver.Size, Driver.Addresses, start, Features, memory ?? Guest.Memory, Owner, out queue, out problem);

    public DescriptorChain Pop()
    {
        Assert.True(Queue.TryPop(out DescriptorChain? chain), "there is no chain");
        return chain;
    }

    public DescriptorChain OfferAndPop(ushort id, params ReadOnlySpan<Desc> buffers)
    {
        Driver.Offer(id, buffers);
        return Pop();
    }

    /// <summary>The chain must not reach the device, and must come back with nothing written; then the ring goes on.</summary>
    public void OfferMalformed(ushort id, params ReadOnlySpan<Desc> buffers)
    {
        Driver.Offer(id, buffers);
        ulong before = Queue.Counters.Malformed;
        int inFlight = Queue.InFlight;
        Assert.False(Queue.TryPop(out _), "the device was given a malformed chain");
        Assert.Equal(before + 1, Queue.Counters.Malformed);
        _ = Queue.Publish();
        Assert.Equal([(id, 0u)], Driver.TakeAllUsed());
        Assert.Equal(inFlight, Queue.InFlight);
        Assert.Empty(Owner.Broken);
        ServeOne(0);
    }

    /// <summary>The next request works.</summary>
    public void ServeOne(ushort id)
    {
        Queue.Complete(OfferAndPop(id, Desc.In(Data, 8)), 8);
        _ = Queue.Publish();
        Assert.Equal([(id, 8u)], Driver.TakeAllUsed());
    }
}
