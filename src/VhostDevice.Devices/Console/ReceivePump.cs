// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Console;

/// <summary>
/// From a port into the buffers of a guest's receive queue, straight into its memory. Takes as many buffers as the last read
/// lets expect, and gives back those that were too many; while there are none, the port is not read.
/// </summary>
internal sealed unsafe class ReceivePump(GuestPort port)
{
    /// <summary>Buffers that are filled with one call.</summary>
    private const int MaxChains = 32;

    private const int MaxPieces = 128;

    private readonly DescriptorChain?[] _held = new DescriptorChain?[MaxChains];
    private readonly IoVec[] _pieces = GC.AllocateUninitializedArray<IoVec>(MaxPieces, pinned: true);
    private int _count;
    private int _expected = 1;

    internal Virtqueue? Queue { get; private set; }

    internal void Start(Virtqueue queue) => Queue = queue;

    /// <summary>Moves what can be moved. In a turn of the queue.</summary>
    internal void Serve()
    {
        if (Queue is not { } queue)
            return;
        // Buffers that come while the guest has the port closed are of no interest yet.
        queue.WantsKicks = false;
        while (port.IsOpen)
        {
            while (_count < _expected && queue.TryPop(out DescriptorChain? chain))
                Hold(queue, chain);
            if (_count == 0)
            {
                if (queue.OutOfBudget)
                    return;
                queue.WantsKicks = true;
                port.SetWish(InputWish.Later);
                return;
            }

            int pieces = Gather(out nuint room);
            nuint given = port.Give(_pieces.AsSpan(0, pieces));
            Deliver(queue, given);
            if (given < room)
            {
                PutBack(queue);
                port.SetWish(InputWish.Now);
                return;
            }
        }

        PutBack(queue);
    }

    /// <summary>The ring stops; no buffer is needed.</summary>
    internal void Stop()
    {
        if (Queue is not { } queue)
            return;
        PutBack(queue);
        while (_count > 0)
            queue.Complete(_held[--_count]!, 0);
        Array.Clear(_held);
        Queue = null;
    }

    private void Hold(Virtqueue queue, DescriptorChain chain)
    {
        if (chain.WritableBytes > 0)
        {
            _held[_count++] = chain;
            return;
        }

        queue.Counters.Errors++;
        queue.Complete(chain, 0);
    }

    private int Gather(out nuint room)
    {
        room = 0;
        int count = 0;
        for (int i = 0; i < _count; i++)
        {
            foreach (IoVec piece in _held[i]!.Writable)
            {
                if (count == MaxPieces)
                    return count;
                _pieces[count++] = piece;
                room += piece.Length;
            }
        }

        return count;
    }

    // One used element for each buffer that something was put into.
    private void Deliver(Virtqueue queue, nuint given)
    {
        int used = 0;
        while (given > 0)
        {
            DescriptorChain chain = _held[used++]!;
            uint n = (uint)Math.Min(given, chain.WritableBytes);
            given -= n;
            queue.Complete(chain, n);
        }

        _expected = used == _expected ? Math.Min(2 * _expected, MaxChains) : Math.Max(1, used);
        _count -= used;
        Array.Copy(_held, used, _held, 0, _count);
        Array.Clear(_held, _count, used);
    }

    // Those behind which something senseless was taken stay in hand, for what comes next.
    private void PutBack(Virtqueue queue)
    {
        while (_count > 0 && queue.TryPutBack(_held[_count - 1]!))
            _held[--_count] = null;
    }
}
