// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>Chains that a predecessor left and new ones, taken in one go, go back into the ring, each to where it came from.</summary>
public sealed class PutBackLeftoverTests
{
    [Fact]
    public void In_a_split_ring()
    {
        RingFixture f = new();
        Record r = new(16);
        Assert.True(f.Queue.TryTrack(r.Region, out _, out _));
        foreach (ushort head in (ushort[])[7, 3, 11, 1])
            f.Offer(head, Desc.In(f.Data, 8));
        _ = f.Pop();
        _ = f.Pop();

        SplitVirtqueue next = f.Open(0);
        Assert.True(next.TryTrack(r.Region, out _, out _));
        GoBackAndComeAgain(next, [7, 3, 11, 1], () => Assert.Equal([7, 3], r.Marked));
    }

    [Fact]
    public void In_a_packed_ring()
    {
        PackedFixture f = new();
        Record r = new(16, packed: true);
        Assert.True(f.Queue.TryTrack(r.Region, out _, out _));
        foreach (ushort id in (ushort[])[7, 3, 11, 1])
            f.Driver.Offer(id, Desc.Out(f.Data, 8), Desc.In(f.Data, 8));
        _ = f.Pop();
        _ = f.Pop();
        byte[] record = r.Content.ToArray();

        PackedVirtqueue next = f.Open(f.Queue.Base);
        Assert.True(next.TryTrack(r.Region, out _, out _));
        byte[] opened = r.Content.ToArray();
        GoBackAndComeAgain(next, [7, 3, 11, 1], () => Assert.Equal(InFlight(opened), InFlight(r.Content)));
        Assert.Equal(InFlight(record), InFlight(opened));
    }

    // However many go back, from one to all.
    private static void GoBackAndComeAgain(OwnedVirtqueue queue, ushort[] heads, Action recordIsAsBefore)
    {
        uint start = queue.Base;
        for (int back = 1; back <= heads.Length; back++)
        {
            queue.BeginTurn(RingFixture.Budget);
            List<DescriptorChain> held = [];
            while (queue.TryPop(out DescriptorChain? chain))
                held.Add(chain);
            Assert.Equal(heads, held.Select(static c => c.Head));
            for (int i = 0; i < back; i++)
                Assert.True(queue.PutBack(held[^(i + 1)]));
            Assert.True(queue.HasAvailable);
            Assert.Equal(back > 2, queue.HasLeftovers);

            held.RemoveRange(heads.Length - back, back);
            while (queue.TryPop(out DescriptorChain? chain))
                held.Add(chain);
            Assert.Equal(heads, held.Select(static c => c.Head));
            for (int i = heads.Length; i > 0; i--)
                Assert.True(queue.PutBack(held[i - 1]));
            Assert.Equal((start, 0), (queue.Base, queue.InFlight));
            recordIsAsBefore();
        }
    }

    // The first byte of each entry behind the header says whether a chain in flight begins there.
    private static int[] InFlight(ReadOnlySpan<byte> record)
    {
        List<int> entries = [];
        for (int i = 0; 32 + (32 * i) < record.Length; i++)
        {
            if (record[32 + (32 * i)] == 1)
                entries.Add(i);
        }

        return [.. entries];
    }
}
