// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Queues.Inflight;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>A front-end may have written anything into the record, and may write while it is in use.</summary>
public sealed class HostileRecordTests
{
    [Theory]
    [InlineData(2, 0, 16)]
    [InlineData(1, 1, 16)]
    [InlineData(1, 0, 15)]
    [InlineData(1, 0, 17)]
    [InlineData(0xffff, 0xffff, 0xffff)]
    public void A_record_of_another_kind_is_refused(int version, int features, int count)
    {
        RingFixture f = new();
        Record r = new(16);
        r.Header = new SplitInflightHeader { Version = (ushort)version, Features = (ulong)features, DescriptorCount = (ushort)count };
        Assert.False(f.Queue.TryTrack(r.Region, out _, out string problem));
        Assert.Contains("record", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_for_smaller_rings_is_refused()
    {
        RingFixture f = new(size: 16);
        Assert.False(f.Queue.TryTrack(new Record(8).Region, out _, out _));
    }

    /// <summary>
    /// Random bytes under a good header: whatever the record says, nothing out of bounds is touched, and each head goes
    /// back once at most.
    /// </summary>
    [Fact]
    public void Random_records_do_no_harm()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            Random random = new(seed);
            RingFixture f = new(start: (ushort)random.Next(20));
            Record r = new(32);
            random.NextBytes(r.Content);
            r.Header = new SplitInflightHeader
            {
                Version = 1,
                DescriptorCount = 32,
                LastBatchHead = (ushort)random.Next(seed % 2 == 0 ? 20 : 65536),
                UsedIndex = (ushort)(f.Driver.UsedIndex - random.Next(18)),
            };
            foreach (ref SplitInflightDescriptor d in r.Descriptors)
            {
                d.InFlight = (byte)random.Next(3);
                d.Next = (ushort)random.Next(seed % 3 == 0 ? 65536 : 20);
                d.Counter = random.Next(4) == 0 ? ulong.MaxValue - (ulong)random.Next(2) : d.Counter;
            }

            for (ushort i = 0; i < 16; i++)
                f.Driver.Chain(i, Desc.In(f.Data, 8));
            Serve(f, r, random);
        }
    }

    [Fact]
    public void A_front_end_that_writes_while_the_ring_runs_harms_only_itself()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            Record r = null!;
            r = new Record(16, stored: () => random.NextBytes(r.Content));
            RingFixture f = new();
            for (int i = 0; i < 16; i++)
                f.Offer((ushort)i, Desc.In(f.Data, 8));
            Serve(f, r, random);
            if (!f.Queue.IsBroken)
                Assert.Equal(16, f.Driver.TakeAllUsed().Count);
        }
    }

    [Fact]
    public void The_same_head_twice_in_a_batch_ends_the_walk_where_the_batch_ends()
    {
        RingFixture f = new();
        Record r = new(16);
        Assert.True(f.Queue.TryTrack(r.Region, out _, out _));
        for (int i = 0; i < 40; i++)
        {
            f.Offer(4, Desc.In(f.Data, 8));
            f.Queue.Complete(f.Pop(), 8);
        }

        _ = f.Queue.Publish();
        Assert.Empty(r.Marked);
        Assert.Equal(40, r.Header.UsedIndex);
    }

    private static void Serve(RingFixture f, Record r, Random random)
    {
        Assert.True(f.Queue.TryTrack(r.Region, out _, out string problem), problem);
        f.Queue.BeginTurn(RingFixture.Budget);
        HashSet<ushort> heads = [];
        while (f.Queue.TryPop(out DescriptorChain? chain))
        {
            Assert.True(heads.Add(chain.Head));
            if (random.Next(2) == 0)
                _ = f.Queue.Publish();
            f.Queue.Complete(chain, 8);
        }

        _ = f.Queue.Publish();
        Assert.Equal(0, f.Queue.InFlight);
        Assert.True(f.Queue.IsBroken || !f.Queue.HasLeftovers);
    }
}
