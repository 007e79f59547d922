// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

public sealed unsafe class RingAddressTests
{
    [Theory]
    [InlineData(8, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 0, 2)]
    public void Addresses_must_be_aligned(ulong descriptors, ulong available, ulong used)
    {
        TestGuest guest = new((0, 0x10000));
        DriverRing ring = new(guest, 0, 16);
        RingAddresses a = ring.Addresses;
        Assert.False(TryCreate(guest.Memory, 16, new(a.Descriptors + descriptors, a.Driver + available, a.Device + used), out string problem));
        Assert.Contains("aligned", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(0x8001)]
    [InlineData(0xffff)]
    public void The_size_must_be_a_power_of_two_up_to_32768(int size)
    {
        TestGuest guest = new((0, 0x200000));
        DriverRing ring = new(guest, 0, 16);
        Assert.False(TryCreate(guest.Memory, (ushort)size, ring.Addresses, out string problem));
        Assert.Contains("size", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(32768)]
    public void The_smallest_and_the_largest_ring_work(int size)
    {
        RingFixture f = new((ushort)size, guest: new TestGuest((0, 1 << 20)));
        for (int i = 0; i < 3; i++)
            f.Queue.Complete(f.OfferAndPop(Desc.In(f.Data, 4)), 4);
        _ = f.Queue.Publish();
        Assert.Equal(3, f.Driver.UsedIndex);
    }

    // The parts of a ring of 16: 256 bytes, 38 bytes, 134 bytes.
    [Theory]
    [InlineData(0x1000 - 256, 0, 0x400, true)]
    [InlineData(0x1000 - 240, 0, 0x400, false)]
    [InlineData(0, 0x1000 - 38, 0x400, true)]
    [InlineData(0, 0x1000 - 36, 0x400, false)]
    [InlineData(0, 0x400, 0x1000 - 136, true)]
    [InlineData(0, 0x400, 0x1000 - 132, false)]
    public void Every_part_must_lie_in_memory_to_its_last_byte(ulong descriptors, ulong available, ulong used, bool fits)
    {
        TestGuest guest = new((0, 0x1000));
        const ulong User = TestGuest.UserOffset;
        Assert.Equal(fits, TryCreate(guest.Memory, 16, new(User + descriptors, User + available, User + used), out _));
        // Nothing is kept of a failed start: the guest's own reference is the last one.
        if (fits)
            return;
        guest.Memory.Release();
        Assert.Equal(1, guest.Disposals);
    }

    [Fact]
    public void An_address_near_the_end_of_the_address_space_does_not_wrap()
    {
        TestGuest guest = new((0, 0x1000));
        Assert.False(TryCreate(guest.Memory, 16, new(ulong.MaxValue - 15, TestGuest.UserOffset, TestGuest.UserOffset), out _));
    }

    // A front-end may share memory at an odd offset of its file. Atomic access to an index needs real alignment:
    // on arm64 anything else is a SIGBUS.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_mapping_must_be_aligned_as_well(int offset)
    {
        CountingBacking backing = new(0x2000);
        GuestRegion region = new(0, TestGuest.UserOffset, backing.Host + offset, 0x1000, backing);
        Assert.True(GuestMemory.TryCreate([region], out GuestMemory memory, out _));
        const ulong User = TestGuest.UserOffset;
        Assert.False(TryCreate(memory, 16, new(User, User + 0x400, User + 0x800), out string problem));
        Assert.Contains("aligned", problem, StringComparison.Ordinal);
    }

    private static bool TryCreate(GuestMemory memory, ushort size, RingAddresses addresses, out string problem) =>
        SplitVirtqueue.TryCreate(0, size, addresses, 0, default, memory, new RecordingOwner(), out _, out problem);
}
