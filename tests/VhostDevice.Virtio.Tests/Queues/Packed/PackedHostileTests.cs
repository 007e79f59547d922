// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues.Packed;

/// <summary>What a driver must not do: it costs the driver a request, or the ring, and nothing else.</summary>
public sealed class PackedHostileTests
{
    private const ulong Nowhere = 1UL << 50;

    [Fact]
    public void A_readable_buffer_after_a_writable_one_is_malformed() =>
        Malformed(static f => [Desc.In(f.Data, 8), Desc.Out(f.Data, 8)]);

    [Fact]
    public void A_buffer_outside_of_memory_is_malformed() => Malformed(static _ => [Desc.In(Nowhere, 8)]);

    [Fact]
    public void A_list_is_malformed_as_a_whole_and_comes_back_as_one() =>
        Malformed(static f => [Desc.Out(Nowhere, 1), Desc.Out(f.Data, 1), Desc.In(f.Data, 1)]);

    [Fact]
    public void A_table_in_a_list_is_malformed()
    {
        Malformed(static f => [Desc.Out(f.Data, 8), f.Driver.Indirect(f.Data + 0x100, Desc.In(f.Data, 8))]);
        Malformed(static f => [f.Driver.Indirect(f.Data + 0x100, Desc.Out(f.Data, 8)), Desc.In(f.Data, 8)]);
    }

    [Fact]
    public void A_table_that_was_not_negotiated_is_malformed() =>
        new PackedFixture(indirect: false).OfferMalformed(1, Desc.Table(0x8000, 16));

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(17u)]
    [InlineData(16u * 1025)]
    [InlineData(uint.MaxValue & ~15u)]
    public void A_table_of_an_impossible_length_is_malformed(uint length) => Malformed(f => [Desc.Table(f.Data, length)]);

    [Fact]
    public void A_table_outside_of_memory_is_malformed()
    {
        Malformed(static _ => [Desc.Table(Nowhere, 32)]);
        Malformed(static _ => [Desc.Table((1 << 20) - 16, 32)]);
        Malformed(static _ => [Desc.Table(ulong.MaxValue - 15, 32)]);
    }

    [Fact]
    public void A_bad_entry_of_a_table_is_malformed()
    {
        Malformed(static f => [f.Driver.Indirect(f.Data + 0x100, Desc.In(f.Data, 8), Desc.Out(f.Data, 8))]);
        Malformed(static f => [f.Driver.Indirect(f.Data + 0x100, Desc.In(f.Data, 8), Desc.In(Nowhere, 8))]);
    }

    [Fact]
    public void More_than_4_GiB_in_one_chain_is_malformed()
    {
        Malformed(static f => [.. Enumerable.Repeat(Desc.In(f.Data, 8), 3), Desc.In(f.Data, uint.MaxValue)]);
    }

    [Fact]
    public void An_id_beyond_the_ring_is_malformed_and_comes_back_all_the_same()
    {
        PackedFixture f = new(size: 16);
        for (int i = 0; i < 40; i++)
        {
            f.OfferMalformed(16, Desc.In(f.Data, 8));
            f.OfferMalformed(0xffff, Desc.In(f.Data, 8), Desc.In(f.Data, 8));
        }
    }

    [Fact]
    public void An_id_in_flight_goes_back_once_and_takes_all_of_its_descriptors_along()
    {
        PackedFixture f = new(size: 16);
        DescriptorChain owner = f.OfferAndPop(4, Desc.In(f.Data, 8), Desc.In(f.Data, 8));
        f.Driver.Offer(4, Desc.In(f.Data, 8), Desc.In(f.Data, 8), Desc.In(f.Data, 8));
        Assert.False(f.Queue.TryPop(out _));
        Assert.Equal(1ul, f.Queue.Counters.Malformed);
        Assert.Equal(1, f.Queue.InFlight);
        f.Queue.Complete(owner, 16);
        _ = f.Queue.Publish();
        Assert.Equal(f.Queue.Base >> 16, f.Queue.Base & 0xffff);
        Assert.Equal(0x8005_8005u, f.Queue.Base);
        Assert.Empty(f.Owner.Broken);

        // A driver that starts over at the device's position is served.
        f.Driver.Offer(1, Desc.In(f.Data, 8));
        f.Queue.Complete(f.Pop(), 8);
        _ = f.Queue.Publish();
        Assert.Equal(1, f.Driver.Descriptor(5).Id);
        Assert.Equal(8u, f.Driver.Descriptor(5).Length);
    }

    [Fact]
    public void A_list_without_an_end_breaks_the_ring()
    {
        PackedFixture f = new(size: 8);
        for (int i = 0; i < 8; i++)
            f.Driver.Descriptor(i) = new PackedDescriptor { Address = f.Data, Length = 8, Id = 1, Flags = 0x81 };
        Assert.False(f.Queue.TryPop(out _));
        AssertBroken(f);
    }

    [Fact]
    public void A_list_that_runs_into_descriptors_in_flight_breaks_the_ring()
    {
        PackedFixture f = new(size: 8);
        DescriptorChain held = f.OfferAndPop(0, Desc.In(f.Data, 8), Desc.In(f.Data, 8));
        for (int i = 2; i < 8; i++)
            f.Driver.Descriptor(i) = new PackedDescriptor { Address = f.Data, Length = 8, Id = 1, Flags = 0x81 };
        // The list would go on, in the next lap, with what the device holds.
        f.Driver.Descriptor(0) = new PackedDescriptor { Address = f.Data, Length = 8, Id = 1, Flags = 0x8000 };
        Assert.False(f.Queue.TryPop(out _));
        AssertBroken(f);
        f.Queue.Complete(held, 8);
        Assert.False(f.Queue.Publish());
    }

    [Fact]
    public void Descriptors_in_flight_are_not_looked_at_again()
    {
        PackedFixture f = new(size: 4);
        DescriptorChain[] held = [.. Enumerable.Range(0, 4).Select(i => f.OfferAndPop((ushort)i, Desc.In(f.Data, 8)))];
        for (int i = 0; i < 4; i++)
            f.Driver.Descriptor(i).Flags = 0x8000; // available in the next lap
        Assert.False(f.Queue.HasAvailable);
        Assert.False(f.Queue.HasUnseen);
        Assert.False(f.Queue.RequestKicks());
        Assert.False(f.Queue.TryPop(out _));
        foreach (DescriptorChain chain in held)
            f.Queue.Complete(chain, 8);
        _ = f.Queue.Publish();
        Assert.Equal(4, f.Driver.TakeAllUsed().Count);
        Assert.Empty(f.Owner.Broken);
        f.ServeOne(2);
    }

    // The driver takes an available descriptor back, or changes it, after the queue looked at it.
    [Fact]
    public void A_descriptor_that_changes_after_the_look_is_read_once()
    {
        PackedFixture f = new(size: 4);
        f.Driver.Offer(0, Desc.In(f.Data, 8));
        f.Queue.BeginTurn(10);
        f.Driver.Descriptor(0).Flags = 0;
        Assert.True(f.Queue.TryPop(out DescriptorChain? chain));
        Assert.Equal([f.Guest.Piece(f.Data, 8)], chain.Readable.Listed());
        f.Driver.Descriptor(0).Length = 1 << 30;
        f.Queue.Complete(chain, 100);
        _ = f.Queue.Publish();
        Assert.Equal(0u, f.Driver.Descriptor(0).Length);
        Assert.Empty(f.Owner.Broken);
    }

    private static void Malformed(Func<PackedFixture, Desc[]> buffers)
    {
        PackedFixture f = new();
        f.OfferMalformed(3, buffers(f));
    }

    private static void AssertBroken(PackedFixture f)
    {
        Assert.True(f.Queue.IsBroken);
        Assert.Single(f.Owner.Broken);
        Assert.False(f.Queue.HasAvailable);
        Assert.False(f.Queue.RequestKicks());
        Assert.False(f.Queue.TryPop(out _));
        Assert.Single(f.Owner.Broken);
    }
}
