// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Tests.Support;

/// <summary>A ring at guest address 0, data behind it, and both sides of it.</summary>
internal sealed class RingFixture
{
    public const int Budget = 1 << 20;

    public RingFixture(
        ushort size = 16, bool eventIdx = false, bool indirect = true, bool notifyOnEmpty = false, ushort start = 0, TestGuest? guest = null,
        bool inOrder = false)
    {
        Guest = guest ?? new TestGuest((0, 1 << 20));
        Driver = new DriverRing(Guest, 0, size, start);
        Data = (Driver.End + 0xfff) & ~0xfffUL;
        Features = new RingFeatures(eventIdx, indirect, notifyOnEmpty, InOrder: inOrder);
        Queue = Open(start);
        Queue.BeginTurn(Budget);
    }

    public TestGuest Guest { get; }

    public DriverRing Driver { get; }

    public RecordingOwner Owner { get; } = new();

    public RingFeatures Features { get; }

    public SplitVirtqueue Queue { get; }

    /// <summary>Guest address of the first page that the ring does not use.</summary>
    public ulong Data { get; }

    /// <summary>Another start of the same ring.</summary>
    public SplitVirtqueue Open(uint start, GuestMemory? memory = null)
    {
        Assert.True(
            SplitVirtqueue.TryCreate(
                0,
                Driver.Size,
                Driver.Addresses,
                start,
                Features,
                memory ?? Guest.Memory,
                Owner,
                out SplitVirtqueue? queue,
                out string problem),
            problem);
        return queue!;
    }

    /// <summary>Offers one chain of these buffers, at the head <paramref name="first"/>.</summary>
    public ushort Offer(ushort first, params ReadOnlySpan<Desc> buffers)
    {
        Driver.Offer(Driver.Chain(first, buffers));
        return first;
    }

    public DescriptorChain Pop()
    {
        Assert.True(Queue.TryPop(out DescriptorChain? chain), "there is no chain");
        return chain;
    }

    public DescriptorChain OfferAndPop(params ReadOnlySpan<Desc> buffers)
    {
        Offer(0, buffers);
        return Pop();
    }

    /// <summary>The chain must not reach the device, and must come back with nothing written.</summary>
    public void OfferMalformed(params ReadOnlySpan<Desc> buffers)
    {
        Offer(0, buffers);
        AssertNextIsMalformed(0);
    }

    public void AssertNextIsMalformed(ushort head)
    {
        ulong before = Queue.Counters.Malformed;
        int inFlight = Queue.InFlight;
        Assert.False(Queue.TryPop(out _), "the device was given a malformed chain");
        Assert.Equal(before + 1, Queue.Counters.Malformed);
        _ = Queue.Publish();
        Assert.Equal([(head, 0u)], Driver.TakeAllUsed());
        Assert.Equal(inFlight, Queue.InFlight);
        Assert.False(Queue.IsBroken);
    }
}
