// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>Data packets of one connection that came in a row, and leave with one write.</summary>
internal sealed class TxBatch
{
    private const int MaxChains = 64;

    private readonly IoVec[] _pieces = GC.AllocateUninitializedArray<IoVec>(IoVec.MaxPerCall, pinned: true);
    private readonly DescriptorChain[] _chains = new DescriptorChain[MaxChains];
    private Virtqueue? _queue;
    private SocketFlow? _flow;
    private int _pieceCount;
    private int _count;
    private uint _bytes;

    /// <summary>Adds a packet's payload, after what is there of other connections has been written.</summary>
    /// <returns>False, and nothing was added, when there are fewer bytes or more pieces than can be.</returns>
    internal bool TryAdd(Virtqueue queue, DescriptorChain chain, ref ChainReader reader, SocketFlow flow, uint length)
    {
        if (_flow is not null && (_flow != flow || _count == MaxChains))
            Flush();
        ChainReader copy = reader;
        int n = copy.TakePieces(_pieces.AsSpan(_pieceCount), length, out ulong bytes);
        if (bytes != length && _pieceCount > 0)
        {
            Flush();
            copy = reader;
            n = copy.TakePieces(_pieces, length, out bytes);
        }

        if (bytes != length)
            return false;
        _queue = queue;
        _flow = flow;
        _pieceCount += n;
        _bytes += length;
        _chains[_count++] = chain;
        flow.Account(length);
        return true;
    }

    internal void Flush()
    {
        if (_flow is null)
            return;
        SocketFlow flow = _flow;
        _flow = null;
        flow.Write(_pieces.AsSpan(0, _pieceCount), _bytes);
        for (int i = 0; i < _count; i++)
            _queue!.Complete(_chains[i], 0);
        _pieceCount = _count = 0;
        _bytes = 0;
    }
}
