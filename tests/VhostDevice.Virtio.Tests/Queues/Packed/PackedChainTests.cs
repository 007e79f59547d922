// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues.Packed;

/// <summary>What the device sees of a packed ring's chains, and where they come back.</summary>
public sealed class PackedChainTests
{
    [Fact]
    public void A_list_is_one_chain_named_by_its_last_descriptor()
    {
        PackedFixture f = new();
        DescriptorChain chain = f.OfferAndPop(7, Desc.Out(f.Data, 3), Desc.Out(f.Data + 100, 5), Desc.In(f.Data + 200, 10));
        Assert.Equal(7, chain.Head);
        Assert.Equal([f.Guest.Piece(f.Data, 3), f.Guest.Piece(f.Data + 100, 5)], chain.Readable.Listed());
        Assert.Equal([f.Guest.Piece(f.Data + 200, 10)], chain.Writable.Listed());
        Assert.False(f.Queue.TryPop(out _));
        f.Queue.Complete(chain, 6);
        Assert.True(f.Queue.Publish());
        Assert.Equal([((ushort)7, 6u)], f.Driver.TakeAllUsed());
    }

    [Fact]
    public void A_list_may_go_around_the_end_of_the_ring()
    {
        PackedFixture f = new(size: 5, start: 3);
        DescriptorChain chain = f.OfferAndPop(1, Desc.Out(f.Data, 1), Desc.Out(f.Data + 1, 2), Desc.In(f.Data + 3, 4), Desc.In(f.Data + 7, 8));
        Assert.Equal(3u, chain.ReadableBytes);
        Assert.Equal(12u, chain.WritableBytes);
        f.Queue.Complete(chain, 12);
        _ = f.Queue.Publish();
        Assert.Equal([((ushort)1, 12u)], f.Driver.TakeAllUsed());
        // 3 + 4 - 5 in the second lap, on both sides.
        Assert.Equal(0x0002_0002u, f.Queue.Base);
        f.ServeOne(4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(32768)]
    public void Rings_of_any_size_go_around(int size)
    {
        PackedFixture f = new((ushort)size, start: size - 1, guest: new TestGuest((0, 1 << 20)));
        for (int i = 0; i < 7; i++)
            f.ServeOne((ushort)(i % size));
    }

    [Fact]
    public void A_table_is_read_in_order_whatever_its_other_flags_say()
    {
        PackedFixture f = new(size: 2);
        Desc[] buffers =
        [
            .. Enumerable.Range(0, 40).Select(
                i =>
                    new Desc(
                        f.Data + 0x2000 + (ulong)(i * 16), 16, i < 20 ? DescriptorFlags.None : DescriptorFlags.Write)),
        ];
        DescriptorChain chain = f.OfferAndPop(
            1, f.Driver.Indirect(f.Data, buffers) with { Flags = DescriptorFlags.Indirect | DescriptorFlags.Write });
        Assert.Equal(buffers.Take(20).Select(b => f.Guest.Piece(b.Address, 16)), chain.Readable.Listed());
        Assert.Equal(buffers.Skip(20).Select(b => f.Guest.Piece(b.Address, 16)), chain.Writable.Listed());
        f.Queue.Complete(chain, 320);
        _ = f.Queue.Publish();
        Assert.Equal([((ushort)1, 320u)], f.Driver.TakeAllUsed());
    }

    [Fact]
    public void A_table_may_span_regions()
    {
        TestGuest guest = new((0, 0x10000), (0x10000, 0x10000));
        PackedFixture f = new(guest: guest);
        ulong at = 0x10000 - 24;
        // Written by hand: the two regions do not lie together on this side.
        foreach ((int i, uint length) in (ReadOnlySpan<(int, uint)>)[(0, 5), (1, 6), (2, 7)])
        {
            byte[] d = new byte[16];
            BitConverter.TryWriteBytes(d, f.Data);
            BitConverter.TryWriteBytes(d.AsSpan(8), length);
            for (int b = 0; b < 16; b++)
                guest.Fill(at + (ulong)((i * 16) + b), [d[b]]);
        }

        Assert.Equal(18u, f.OfferAndPop(3, Desc.Table(at, 48)).ReadableBytes);
    }

    [Fact]
    public void Completions_in_any_order_are_written_one_after_the_other()
    {
        PackedFixture f = new(size: 8);
        DescriptorChain a = f.OfferAndPop(5, Desc.Out(f.Data, 1), Desc.In(f.Data, 1));
        DescriptorChain b = f.OfferAndPop(0, Desc.In(f.Data, 2));
        DescriptorChain c = f.OfferAndPop(2, Desc.Out(f.Data, 1), Desc.Out(f.Data, 1), Desc.In(f.Data, 3));
        f.Queue.Complete(c, 3);
        f.Queue.Complete(a, 1);
        f.Queue.Complete(b, 0);
        Assert.Empty(f.Driver.TakeAllUsed());
        Assert.True(f.Queue.Publish());
        Assert.Equal([((ushort)2, 3u), ((ushort)5, 1u), ((ushort)0, 0u)], f.Driver.TakeAllUsed());
        Assert.Equal(0x8006_8006u, f.Queue.Base);
        Assert.False(f.Queue.Publish());
    }

    // The driver polls one place. What lies behind it may be written already, but must not be reachable.
    [Fact]
    public void The_first_of_a_batch_becomes_visible_last()
    {
        PackedFixture f = new(size: 8);
        DescriptorChain a = f.OfferAndPop(0, Desc.In(f.Data, 1));
        DescriptorChain b = f.OfferAndPop(1, Desc.In(f.Data, 1));
        ushort before = f.Driver.Descriptor(0).Flags;
        f.Queue.Complete(a, 1);
        f.Queue.Complete(b, 1);
        Assert.Equal(before, f.Driver.Descriptor(0).Flags);
        _ = f.Queue.Publish();
        Assert.NotEqual(before, f.Driver.Descriptor(0).Flags);
        Assert.Equal(2, f.Driver.TakeAllUsed().Count);
    }

    [Fact]
    public void A_chain_keeps_its_pieces_when_its_descriptors_are_overwritten()
    {
        PackedFixture f = new(size: 2);
        DescriptorChain slow = f.OfferAndPop(0, Desc.In(f.Data, 16));
        DescriptorChain quick = f.OfferAndPop(1, Desc.In(f.Data + 64, 32));
        f.Queue.Complete(quick, 32); // lands on the slow one's descriptor
        _ = f.Queue.Publish();
        Assert.Equal([((ushort)1, 32u)], f.Driver.TakeAllUsed());
        Assert.Equal([f.Guest.Piece(f.Data, 16)], slow.Writable.Listed());
        quick = f.OfferAndPop(1, Desc.In(f.Data + 64, 8));
        f.Queue.Complete(slow, 16);
        f.Queue.Complete(quick, 8);
        _ = f.Queue.Publish();
        Assert.Equal([((ushort)0, 16u), ((ushort)1, 8u)], f.Driver.TakeAllUsed());
    }

    [Fact]
    public void The_base_says_both_positions_and_a_restart_goes_on_there()
    {
        PackedFixture f = new(size: 4);
        for (ushort i = 0; i < 4; i++)
            f.ServeOne(i);
        DescriptorChain lost = f.OfferAndPop(0, Desc.Out(f.Data, 1), Desc.In(f.Data, 8));
        Assert.Equal(0x0000_0002u, f.Queue.Base); // second lap: driver at 2, device at 0
        uint stopped = f.Queue.Base;
        f.Queue.Stop();
        f.Queue.Complete(lost, 8);

        PackedVirtqueue next = f.Open(stopped);
        next.BeginTurn(10);
        Assert.Equal(stopped, next.Base);
        f.Driver.Offer(3, Desc.In(f.Data, 8));
        Assert.True(next.TryPop(out DescriptorChain? chain));
        Assert.Equal(3, chain.Head);
        next.Complete(chain, 8);
        _ = next.Publish();
        Assert.Equal([((ushort)3, 8u)], f.Driver.TakeAllUsed());
        // The two descriptors of the lost request stay out: two are free, and one is taken.
        f.Driver.Offer(1, Desc.In(f.Data, 1), Desc.In(f.Data, 1));
        Assert.True(next.TryPop(out _));
        Assert.False(next.HasAvailable);
    }

    [Theory]
    [InlineData(0x8010_8000)] // the device beyond the ring
    [InlineData(0x8000_8010)] // the driver beyond the ring
    [InlineData(0x8001_8000)] // the device ahead of the driver
    [InlineData(0x8000_0001)] // more than a ring between them
    public void A_base_that_makes_no_sense_is_refused(uint start)
    {
        PackedFixture f = new(size: 16);
        Assert.False(f.TryOpen(start, out _, out string problem));
        Assert.Contains("base", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_base_of_16_bits_begins_a_new_ring()
    {
        PackedFixture f = new();
        Assert.Equal(0x8000_8000u, f.Open(0x8000).Base);
    }

    // User Mode Linux says 0 for every new ring, whatever its layout.
    [Fact]
    public void A_base_of_0_is_a_new_ring_or_the_second_lap()
    {
        PackedFixture f = new(size: 4);
        Assert.Equal(0x8000_8000u, f.Open(0).Base);
        f.Driver.Offer(0, Desc.In(f.Data, 8));
        PackedVirtqueue begun = f.Open(0);
        begun.BeginTurn(10);
        Assert.True(begun.TryPop(out _));

        f = new PackedFixture(size: 4);
        for (ushort i = 0; i < 4; i++)
            f.ServeOne(i);
        Assert.Equal(0u, f.Queue.Base);
        Assert.Equal(0u, f.Open(0).Base);
        f.Driver.Offer(1, Desc.In(f.Data, 8));
        PackedVirtqueue again = f.Open(0);
        Assert.Equal(0u, again.Base);
        again.BeginTurn(10);
        Assert.True(again.TryPop(out _));
    }

    // The first descriptor alone does not tell: here it is the middle of a list, which no used descriptor overwrites.
    [Fact]
    public void A_base_of_0_in_the_second_lap_is_known_by_the_whole_ring()
    {
        PackedFixture f = new(size: 5);
        ushort id = 0;
        foreach (int descriptors in (int[])[4, 1, 4, 3, 3])
        {
            DescriptorChain chain = f.OfferAndPop(id++, [.. Enumerable.Range(0, descriptors).Select(i => Desc.In(f.Data + (ulong)i, 1))]);
            f.Queue.Complete(chain, 1);
            _ = f.Queue.Publish();
            Assert.Single(f.Driver.TakeAllUsed());
        }

        Assert.Equal(0u, f.Queue.Base);
        Assert.Equal(0u, f.Open(0).Base);
    }

    [Theory]
    [InlineData(8, 0, 0)]
    [InlineData(0, 2, 0)]
    [InlineData(0, 0, 2)]
    public void Addresses_must_be_aligned(ulong ring, ulong driver, ulong device)
    {
        PackedFixture f = new();
        RingAddresses a = f.Driver.Addresses;
        Assert.False(PackedVirtqueue.TryCreate(
            0, 16, new(a.Descriptors + ring, a.Driver + driver, a.Device + device),
            0x8000, f.Features, f.Guest.Memory, f.Owner, out _, out string problem));
        Assert.Contains("aligned", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x8001)]
    [InlineData(0xffff)]
    public void The_size_must_be_1_to_32768(int size)
    {
        PackedFixture f = new();
        Assert.False(
            PackedVirtqueue.TryCreate(
                0,
                (ushort)size,
                f.Driver.Addresses,
                0x8000,
                f.Features,
                f.Guest.Memory,
                f.Owner,
                out _,
                out string problem));
        Assert.Contains("size", problem, StringComparison.Ordinal);
    }

    // The parts of a ring of 16: 256 bytes, 4 bytes, 4 bytes.
    [Theory]
    [InlineData(0x1000 - 256, 0, 0x400, true)]
    [InlineData(0x1000 - 240, 0, 0x400, false)]
    [InlineData(0, 0x1000 - 4, 0x400, true)]
    [InlineData(0, 0x1000, 0x400, false)]
    [InlineData(0, 0x400, 0x1000 - 4, true)]
    [InlineData(0, 0x400, 0x1000, false)]
    public void Every_part_must_lie_in_memory_to_its_last_byte(ulong ring, ulong driver, ulong device, bool fits)
    {
        TestGuest guest = new((0, 0x1000));
        const ulong User = TestGuest.UserOffset;
        RingFeatures features = new(false, true, false, Packed: true);
        Assert.Equal(fits, PackedVirtqueue.TryCreate(
            0, 16, new(User + ring, User + driver, User + device), 0x8000, features, guest.Memory, new RecordingOwner(), out _, out _));
        if (fits)
            return;
        guest.Memory.Release();
        Assert.Equal(1, guest.Disposals);
    }

    [Fact]
    public void The_ring_is_found_again_after_a_change_of_memory()
    {
        PackedFixture f = new();
        DescriptorChain chain = f.OfferAndPop(0, Desc.In(f.Data, 8));
        GuestRegion more = f.Guest.Add(1UL << 40, 4096);
        Assert.True(f.Guest.Change(f.Queue, more));
        f.Queue.Complete(chain, 8);
        _ = f.Queue.Publish();
        Assert.Equal([((ushort)0, 8u)], f.Driver.TakeAllUsed());
        f.ServeOne(1);
        Assert.True(f.Guest.Change(f.Queue));
        f.ServeOne(2);
    }
}
