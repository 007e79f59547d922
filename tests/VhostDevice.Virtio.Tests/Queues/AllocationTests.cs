// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Tests.Shared;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

[Collection(Alone.Name)]
public sealed class AllocationTests
{
    private const int Requests = 1_000_000;
    private const int Batch = 8;

    [Theory, CombinatorialModes]
    public void A_million_requests_allocate_nothing(bool eventIdx, bool indirect)
    {
        RingFixture f = new(size: 64, eventIdx: eventIdx);
        ushort[] heads = [.. Enumerable.Range(0, Batch).Select(i => Prepare(f, i, indirect))];
        AssertNothingAllocated(f.Queue, () => f.Driver.Offer(heads));
    }

    // The ids change places from batch to batch, so that the chain objects do, too.
    [Theory, CombinatorialModes]
    public void Nor_do_a_million_of_a_packed_ring(bool eventIdx, bool indirect)
    {
        PackedFixture f = new(size: 64, eventIdx: eventIdx);
        Desc[][] chains =
        [
            .. Enumerable.Range(0, Batch)
                .Select(
                    i => indirect ? [f.Driver.Indirect(Data(f.Data, i) + 64, Pieces(f.Data, i))] : Pieces(f.Data, i)),
        ];
        int turn = 0;
        AssertNothingAllocated(f.Queue, () =>
        {
            while (f.Driver.TryTakeUsed(out _, out _))
                continue;
            turn++;
            for (int i = 0; i < Batch; i++)
                f.Driver.Put((ushort)(((i * 5) + turn) % Batch), chains[i]);
            f.Driver.Expose();
        });
    }

    [Theory, CombinatorialModes]
    public void Nor_does_keeping_order(bool packed, bool eventIdx)
    {
        if (packed)
        {
            PackedFixture f = new(size: 64, eventIdx: eventIdx, inOrder: true);
            Desc[] chain = Pieces(f.Data, 0);
            AssertNothingAllocated(f.Queue, () =>
            {
                while (f.Driver.TryTakeUsed(out _, out _))
                    continue;
                for (int i = 0; i < Batch; i++)
                    f.Driver.Put((ushort)i, chain);
                f.Driver.Expose();
            });
        }
        else
        {
            RingFixture f = new(size: 64, eventIdx: eventIdx, inOrder: true);
            ushort[] heads = [.. Enumerable.Range(0, Batch).Select(i => Prepare(f, i, indirect: false))];
            AssertNothingAllocated(f.Queue, () => f.Driver.Offer(heads));
        }
    }

    private static void AssertNothingAllocated(OwnedVirtqueue queue, Action offer)
    {
        Serve(queue, offer, 1000);
        Assert.Equal(0, Allocated.Least(() => Serve(queue, offer, Requests)));
        Assert.Equal(0, queue.InFlight);
        Assert.True(queue.Counters.Chains >= Requests);
        Assert.Equal(0ul, queue.Counters.Malformed);
    }

    private static ulong Data(ulong start, int i) => start + (ulong)(i * 0x100);

    // Six pieces each, which is more than a chain has room for at first.
    private static Desc[] Pieces(ulong start, int i)
    {
        ulong data = Data(start, i);
        return
        [
            Desc.Out(data, 8), Desc.Out(data + 8, 8), Desc.Out(data + 16, 8),
            Desc.In(data + 32, 8), Desc.In(data + 40, 8), Desc.In(data + 48, 8),
        ];
    }

    private static ushort Prepare(RingFixture f, int i, bool indirect)
    {
        ulong data = Data(f.Data, i);
        Desc[] chain = Pieces(f.Data, i);
        ushort head = (ushort)(i * chain.Length);
        return indirect
            ? f.Driver.Chain(head, f.Driver.Indirect(data + 64, chain))
            : f.Driver.Chain(head, chain);
    }

    private static void Serve(OwnedVirtqueue queue, Action offer, int count)
    {
        Span<IoVec> room = stackalloc IoVec[4];
        for (int done = 0; done < count; done += Batch)
        {
            offer();
            queue.BeginTurn(Batch);
            queue.SuppressKicks();
            while (queue.TryPop(out DescriptorChain? chain))
            {
                ChainReader reader = chain.Reader();
                _ = reader.TryRead(out ulong value);
                _ = reader.TakePieces(room, 8, out _);
                ChainWriter writer = chain.Writer();
                _ = writer.TryWrite(value);
                _ = writer.TakePieces(room, 8, out _);
                queue.Complete(chain, writer.Written);
            }

            queue.EndTurn(paused: false);
            _ = queue.Publish();
            _ = queue.RequestKicks();
        }
    }
}
