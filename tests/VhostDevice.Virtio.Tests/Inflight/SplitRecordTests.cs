// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Queues.Inflight;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>The record of a split ring, field by field (vhost-user specification, "Inflight I/O tracking").</summary>
public sealed class SplitRecordTests
{
    [Fact]
    public void Structures_lie_as_the_specification_has_them()
    {
        Assert.Equal(16, Unsafe.SizeOf<SplitInflightHeader>());
        Assert.Equal(16, Unsafe.SizeOf<SplitInflightDescriptor>());
        Record r = new(4);
        r.Content.Clear();
        r.Header = new SplitInflightHeader
        {
            Features = 0x1122334455667788,
            Version = 0x99aa,
            DescriptorCount = 0xbbcc,
            LastBatchHead = 0xddee,
            UsedIndex = 0xff01,
        };
        r.Descriptors[1] = new SplitInflightDescriptor { InFlight = 1, Next = 0x0203, Counter = 0x0405060708090a0b };
        Assert.Equal("8877665544332211aa99ccbbeedd01ff", Convert.ToHexStringLower(r.Content[..16]));
        Assert.Equal("01000000000003020b0a090807060504", Convert.ToHexStringLower(r.Content[32..48]));
    }

    [Theory]
    [InlineData(1, false, 64)]
    [InlineData(3, false, 64)]
    [InlineData(4, false, 128)]
    [InlineData(128, false, 2112)]
    [InlineData(32768, false, 524352)]
    [InlineData(1, true, 64)]
    [InlineData(128, true, 4160)]
    public void Regions_follow_one_another_at_multiples_of_64(int descriptors, bool packed, int stride) =>
        Assert.Equal((ulong)stride, InflightRegion.Stride((ushort)descriptors, packed));

    [Fact]
    public void A_new_record_is_made_ready_with_the_used_index_of_the_ring()
    {
        RingFixture f = new(start: 700);
        Record r = new(32);
        r.Content.Fill(0xee);
        r.Header.Version = 0;
        Track(f.Queue, r, goesOn: false);
        Assert.Equal(new SplitInflightHeader { Version = 1, DescriptorCount = 32, UsedIndex = 700 }, r.Header);
        Assert.True(r.Content[16..(16 + (32 * 16))].IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal(700u, f.Queue.Base);
    }

    [Fact]
    public void Chains_are_marked_from_taking_to_publishing()
    {
        RingFixture f = new();
        Record r = new(16);
        Track(f.Queue, r, goesOn: false);
        f.Driver.Offer(f.Driver.Chain(5, Desc.In(f.Data, 8)), f.Driver.Chain(2, Desc.In(f.Data, 8)), f.Driver.Chain(9, Desc.In(f.Data, 8)));
        Assert.Empty(r.Marked);
        DescriptorChain first = f.Pop();
        Assert.Equal([5], r.Marked);
        DescriptorChain second = f.Pop();
        _ = f.Pop();
        Assert.Equal([5, 2, 9], r.Marked);

        f.Queue.Complete(second, 8);
        f.Queue.Complete(first, 8);
        Assert.Equal([5, 2, 9], r.Marked);
        Assert.Equal((5, 2), (r.Header.LastBatchHead, r.Descriptors[5].Next));
        Assert.Equal(0, r.Header.UsedIndex);
        _ = f.Queue.Publish();
        Assert.Equal([9], r.Marked);
        Assert.Equal(2, r.Header.UsedIndex);
    }

    [Fact]
    public void A_malformed_chain_goes_through_the_record_like_any_other()
    {
        RingFixture f = new();
        Record r = new(16);
        Track(f.Queue, r, goesOn: false);
        f.Offer(3, Desc.In(0xdead_0000_0000, 8));
        f.AssertNextIsMalformed(3);
        Assert.Empty(r.Marked);
        Assert.Equal(1, r.Header.UsedIndex);
    }

    [Fact]
    public void A_successor_serves_what_was_in_flight_first_and_in_the_old_order()
    {
        RingFixture f = new();
        Record r = new(16);
        Track(f.Queue, r, goesOn: false);
        foreach (ushort head in (ushort[])[7, 3, 11, 1])
            f.Offer(head, Desc.In(f.Data, 8));
        DescriptorChain[] held = [f.Pop(), f.Pop(), f.Pop()];
        f.Queue.Complete(held[1], 8);
        _ = f.Queue.Publish();

        // The front-end knows no more than the used index.
        SplitVirtqueue next = f.Open(1);
        Track(next, r, goesOn: true);
        Assert.True(next.HasLeftovers);
        Assert.Equal(3u, next.Base);
        next.BeginTurn(RingFixture.Budget);
        Assert.Equal([7, 11, 1], Take(next, 3).Select(static c => c.Head));
        Assert.False(next.HasLeftovers);
        Assert.False(next.HasAvailable);
        Assert.Equal([7, 11, 1], r.Marked);
    }

    [Fact]
    public void What_is_left_over_counts_as_available()
    {
        RingFixture f = new();
        Record r = new(16);
        Track(f.Queue, r, goesOn: false);
        f.Offer(7, Desc.In(f.Data, 8));
        _ = f.Pop();
        SplitVirtqueue next = f.Open(0);
        Track(next, r, goesOn: true);
        Assert.True(next.HasAvailable);
        next.BeginTurn(0);
        Assert.False(next.TryPop(out _));
        Assert.True(next.OutOfBudget);
    }

    [Fact]
    public void The_batch_that_was_being_published_is_not_served_again()
    {
        RingFixture f = new();
        Record r = new(16);
        Track(f.Queue, r, goesOn: false);
        foreach (ushort head in (ushort[])[7, 3, 11])
            f.Offer(head, Desc.In(f.Data, 8));
        DescriptorChain[] held = [f.Pop(), f.Pop(), f.Pop()];
        f.Queue.Complete(held[2], 8);
        f.Queue.Complete(held[0], 8);
        // Dies between the used index and what follows it.
        byte[] before = r.Content.ToArray();
        _ = f.Queue.Publish();
        before.CopyTo(r.Content);

        SplitVirtqueue next = f.Open(2);
        Track(next, r, goesOn: true);
        Assert.Equal([3], r.Marked);
        Assert.Equal(2, r.Header.UsedIndex);
        next.BeginTurn(RingFixture.Budget);
        Assert.Equal(3, Assert.Single(Take(next, 1)).Head);
        Assert.False(next.TryPop(out _));
    }

    [Fact]
    public void A_ring_that_was_set_up_anew_has_nothing_in_flight()
    {
        RingFixture f = new(start: 900);
        Record r = new(16);
        Track(f.Queue, r, goesOn: false);
        f.Offer(7, Desc.In(f.Data, 8));
        _ = f.Pop();

        RingFixture fresh = new();
        Track(fresh.Queue, r, goesOn: false);
        Assert.False(fresh.Queue.HasAvailable);
        Assert.Empty(r.Marked);
        Assert.Equal(0, r.Header.UsedIndex);
    }

    [Fact]
    public void A_forgotten_record_is_a_new_one()
    {
        RingFixture f = new();
        Record r = new(16);
        Track(f.Queue, r, goesOn: false);
        f.Offer(7, Desc.In(f.Data, 8));
        _ = f.Pop();
        r.Region.Forget();
        Track(f.Open(0), r, goesOn: false);
        Assert.Empty(r.Marked);
    }

    private static DescriptorChain[] Take(OwnedVirtqueue queue, int count)
    {
        DescriptorChain[] chains = new DescriptorChain[count];
        for (int i = 0; i < count; i++)
        {
            Assert.True(queue.TryPop(out DescriptorChain? chain));
            chains[i] = chain;
        }

        return chains;
    }

    private static void Track(OwnedVirtqueue queue, Record record, bool goesOn)
    {
        Assert.True(queue.TryTrack(record.Region, out bool went, out string problem), problem);
        Assert.Equal(goesOn, went);
    }
}
