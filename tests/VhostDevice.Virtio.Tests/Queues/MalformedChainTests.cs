// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>Every kind of broken chain goes back with length 0, is counted, and leaves the queue working.</summary>
public sealed class MalformedChainTests
{
    private readonly RingFixture _f = new();

    private ulong Data => _f.Data;

    [Fact]
    public void A_descriptor_that_is_its_own_successor()
    {
        _f.Driver.Descriptor(0) = new SplitDescriptor { Address = Data, Length = 1, Flags = DescriptorFlags.Next, Next = 0 };
        OfferMalformed(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void A_loop_of_empty_and_of_full_descriptors(uint length)
    {
        for (int i = 0; i < 16; i++)
            _f.Driver.Descriptor(i) = new SplitDescriptor
            {
                Address = Data,
                Length = length,
                Flags = DescriptorFlags.Next,
                Next = (ushort)((i + 1) % 16),
            };
        OfferMalformed(3);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(0xffff)]
    public void A_successor_outside_of_the_table(int next)
    {
        _f.Driver.Descriptor(0) = new SplitDescriptor { Address = Data, Length = 1, Flags = DescriptorFlags.Next, Next = (ushort)next };
        OfferMalformed(0);
    }

    [Fact]
    public void Readable_after_writable()
    {
        Malformed(Desc.In(Data, 1), Desc.Out(Data, 1));
        Malformed(Desc.Out(Data, 1), Desc.In(Data, 1), _f.Driver.Indirect(Data + 0x1000, Desc.Out(Data, 1)));
    }

    [Fact]
    public void Buffers_outside_of_memory_wholly_or_in_part()
    {
        ulong end = 1 << 20;
        Malformed(Desc.Out(end, 1));
        Malformed(Desc.In(end - 1, 2));
        Malformed(Desc.Out(Data, 1), Desc.In(ulong.MaxValue, 1));
        Malformed(Desc.Out(ulong.MaxValue - 3, 0x1000));
        Malformed(Desc.In(Data, uint.MaxValue));
    }

    [Fact]
    public void Tables_of_an_impossible_length()
    {
        Malformed(Desc.Table(Data, 0));
        Malformed(Desc.Table(Data, 15));
        Malformed(Desc.Table(Data, 17));
        Malformed(Desc.Table(Data, uint.MaxValue));
    }

    [Fact]
    public void Tables_outside_of_memory_or_wrapping_around()
    {
        Malformed(Desc.Table(1 << 20, 16));
        Malformed(Desc.Table((1 << 20) - 8, 16));
        Malformed(Desc.Table(ulong.MaxValue - 7, 16));
        // The second entry lies beyond memory.
        _f.Driver.Indirect((1 << 20) - 16, new Desc(Data, 1, DescriptorFlags.Next));
        Malformed(Desc.Table((1 << 20) - 16, 32));
    }

    [Fact]
    public void A_table_that_wraps_around_into_low_memory()
    {
        TestGuest guest = new((0, 0x10000), (ulong.MaxValue - 0x1000, 0x1000));
        RingFixture f = new(guest: guest);
        // Entry 0 in the last region leads to entry 0x100, whose address would wrap to somewhere in the first.
        ulong at = ulong.MaxValue - 0x7ff;
        f.Driver.Indirect(at, new Desc(f.Data, 1));
        unsafe
        {
            *(SplitDescriptor*)guest.Host(at) = new SplitDescriptor { Address = f.Data, Length = 1, Flags = DescriptorFlags.Next, Next = 0x100 };
        }

        f.OfferMalformed(Desc.Table(at, 0x2000));
    }

    [Fact]
    public void A_table_within_a_table()
    {
        Desc inner = _f.Driver.Indirect(Data + 0x1000, Desc.Out(Data, 1));
        Malformed(_f.Driver.Indirect(Data + 0x2000, inner));
        Malformed(_f.Driver.Indirect(Data + 0x2000, Desc.Out(Data, 1), inner));
    }

    [Fact]
    public void A_table_with_a_successor()
    {
        Desc table = _f.Driver.Indirect(Data + 0x1000, Desc.Out(Data, 1));
        Malformed(table, Desc.Out(Data, 1));
    }

    [Fact]
    public void A_table_that_was_not_negotiated()
    {
        RingFixture f = new(indirect: false);
        f.OfferMalformed(f.Driver.Indirect(f.Data + 0x1000, Desc.Out(f.Data, 1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public unsafe void A_loop_in_a_table(uint length)
    {
        SplitDescriptor* table = (SplitDescriptor*)_f.Guest.Host(Data + 0x1000);
        for (int i = 0; i < 4; i++)
            table[i] = new SplitDescriptor { Address = Data, Length = length, Flags = DescriptorFlags.Next, Next = (ushort)((i + 1) % 4) };
        Malformed(Desc.Table(Data + 0x1000, 64));
    }

    [Fact]
    public unsafe void A_successor_outside_of_a_table()
    {
        SplitDescriptor* table = (SplitDescriptor*)_f.Guest.Host(Data + 0x1000);
        table[0] = new SplitDescriptor { Address = Data, Length = 1, Flags = DescriptorFlags.Next, Next = 2 };
        table[2] = new SplitDescriptor { Address = Data, Length = 1 };
        Malformed(Desc.Table(Data + 0x1000, 32));
    }

    [Theory]
    [InlineData(false, uint.MaxValue, 0, true)]
    [InlineData(false, uint.MaxValue, 1, false)]
    [InlineData(false, 0x80000000, 0x80000000, false)]
    [InlineData(true, 0x80000000, 0x7fffffff, true)]
    [InlineData(true, 0x80000000, 0x80000000, false)]
    [InlineData(true, 1, uint.MaxValue, false)]
    public unsafe void More_than_a_32_bit_length_in_all(bool writable, uint first, uint second, bool fits)
    {
        // A region of 8 GiB that is never touched.
        GuestRegion huge = new(1UL << 32, 1UL << 32, (byte*)(1UL << 40), 8UL << 30, null);
        GuestRegion rings = _f.Guest.Regions[0];
        Assert.True(GuestMemory.TryCreate([rings, huge], out GuestMemory memory, out _));
        Assert.True(_f.Queue.TryChangeMemory(memory));
        Desc[] chain = [Desc.Out(1UL << 32, first), writable ? Desc.In(1UL << 33, second) : Desc.Out(1UL << 33, second)];
        if (!fits)
        {
            _f.OfferMalformed(chain);
            return;
        }

        DescriptorChain popped = _f.OfferAndPop(chain);
        Assert.Equal(uint.MaxValue, popped.ReadableBytes + popped.WritableBytes);
        Assert.Equal(popped.ReadableBytes, popped.Reader().Remaining);
        Assert.Equal(popped.WritableBytes, popped.Writer().Remaining);
    }

    [Fact]
    public void A_head_in_flight_is_not_taken_twice()
    {
        DescriptorChain held = _f.OfferAndPop(Desc.In(Data, 4));
        _f.Driver.Offer(0, 0);
        Assert.False(_f.Queue.TryPop(out _));
        Assert.Equal(2ul, _f.Queue.Counters.Malformed);
        Assert.Equal(1, _f.Queue.InFlight);
        _f.Queue.Complete(held, 4);
        _ = _f.Queue.Publish();
        Assert.Equal([(0u, 4u)], _f.Driver.TakeAllUsed());
        // Once it is back, it may come again.
        _f.Driver.Offer(0);
        Assert.Same(held, _f.Pop());
    }

    [Fact]
    public void Heads_outside_of_the_ring_are_passed_over()
    {
        _f.Driver.Chain(2, Desc.In(Data, 4));
        _f.Driver.Offer(16, 0x8000, 2, 0xffff);
        Assert.Equal(2, _f.Pop().Head);
        Assert.False(_f.Queue.TryPop(out _));
        Assert.Equal(3ul, _f.Queue.Counters.Malformed);
        Assert.False(_f.Queue.IsBroken);
    }

    [Fact]
    public void A_front_end_that_shares_crumbs_is_stopped_at_65536_pieces()
    {
        // 500 regions of one byte each: every buffer over them has 500 pieces.
        const ulong Crumbs = 1UL << 30;
        List<GuestRegion> regions = [.. _f.Guest.Regions];
        unsafe
        {
            for (ulong i = 0; i < 500; i++)
                regions.Add(new GuestRegion(Crumbs + i, Crumbs + i, _f.Guest.Host(Data), 1, null));
        }

        Assert.True(GuestMemory.TryCreate(regions.ToArray(), out GuestMemory memory, out _));
        Assert.True(_f.Queue.TryChangeMemory(memory));
        Desc[] entries = [.. Enumerable.Repeat(Desc.Out(Crumbs, 500), 132)];
        Malformed(_f.Driver.Indirect(Data + 0x1000, entries));
        Assert.Equal(131 * 500, _f.OfferAndPop(_f.Driver.Indirect(Data + 0x1000, entries.AsSpan(0, 131))).Readable.Length);
    }

    private void Malformed(params ReadOnlySpan<Desc> chain)
    {
        _f.OfferMalformed(chain);
        AssertStillWorks();
    }

    private void OfferMalformed(ushort head)
    {
        _f.Driver.Offer(head);
        _f.AssertNextIsMalformed(head);
        AssertStillWorks();
    }

    private void AssertStillWorks()
    {
        _f.Queue.Complete(_f.OfferAndPop(Desc.In(Data, 1)), 1);
        _ = _f.Queue.Publish();
        Assert.Equal([(0u, 1u)], _f.Driver.TakeAllUsed());
    }
}
