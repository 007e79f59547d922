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

        Serve(f, heads, 1000);
        Assert.Equal(0, Allocated.Least(() => Serve(f, heads, Requests)));
        Assert.Equal(0, f.Queue.InFlight);
        Assert.True(f.Queue.Counters.Chains >= Requests);
        Assert.Equal(0ul, f.Queue.Counters.Malformed);
    }

    // Six pieces each, which is more than a chain has room for at first.
    private static ushort Prepare(RingFixture f, int i, bool indirect)
    {
        ulong data = f.Data + (ulong)(i * 0x100);
        Desc[] chain =
        [
            Desc.Out(data, 8), Desc.Out(data + 8, 8), Desc.Out(data + 16, 8),
            Desc.In(data + 32, 8), Desc.In(data + 40, 8), Desc.In(data + 48, 8),
        ];
        ushort head = (ushort)(i * chain.Length);
        return indirect
            ? f.Driver.Chain(head, f.Driver.Indirect(data + 64, chain))
            : f.Driver.Chain(head, chain);
    }

    private static void Serve(RingFixture f, ushort[] heads, int count)
    {
        SplitVirtqueue queue = f.Queue;
        Span<IoVec> room = stackalloc IoVec[4];
        for (int done = 0; done < count; done += heads.Length)
        {
            f.Driver.Offer(heads);
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
