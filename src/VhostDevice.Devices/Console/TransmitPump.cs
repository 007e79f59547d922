// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Console;

/// <summary>
/// From a guest's transmit queue to a port, many chains with one call, straight out of the guest's memory. What the port does
/// not take yet keeps its chains: that is how a guest is held back.
/// </summary>
internal sealed unsafe class TransmitPump(GuestPort port)
{
    /// <summary>Chains that are written with one call.</summary>
    private const int MaxChains = 64;

    private const int MaxPieces = 128;

    private readonly DescriptorChain?[] _held = new DescriptorChain?[MaxChains];
    private readonly IoVec[] _pieces = GC.AllocateUninitializedArray<IoVec>(MaxPieces, pinned: true);
    private int _count;
    private uint _done; // bytes of the first chain that were taken

    internal Virtqueue? Queue { get; private set; }

    internal void Start(Virtqueue queue) => Queue = queue;

    /// <summary>Moves what can be moved. In a turn of the queue.</summary>
    internal void Serve()
    {
        if (Queue is not { } queue)
            return;
        while (true)
        {
            while (_count < MaxChains && queue.TryPop(out DescriptorChain? chain))
                Hold(queue, chain);
            if (_count == 0)
                break;
            int pieces = Gather(out nuint bytes);
            nuint taken = port.Take(_pieces.AsSpan(0, pieces), bytes);
            Advance(queue, taken);
            // The port says when it takes something again.
            if (taken == 0)
                break;
        }

        // A full hand has no use for more.
        queue.WantsKicks = _count < MaxChains;
    }

    /// <summary>
    /// The ring stops. What was not begun goes back into it; of a chain that was begun, the port keeps the rest.
    /// </summary>
    internal void Stop()
    {
        if (Queue is not { } queue)
            return;
        int begun = _done > 0 ? 1 : 0;
        while (_count > begun && queue.TryPutBack(_held[_count - 1]!))
            _held[--_count] = null;
        // A chain that made no sense may be behind those that are left, so they cannot go back.
        while (_count > 0)
        {
            uint left = _held[0]!.ReadableBytes - _done;
            int pieces = Gather(out nuint bytes);
            if (bytes < left || !port.TryKeep(_pieces.AsSpan(0, pieces), left))
                return;
            Advance(queue, left);
        }

        Queue = null;
    }

    /// <summary>The chains have to come back now: what was not taken is lost.</summary>
    internal void Cancel()
    {
        for (int i = 0; i < _count; i++)
        {
            port.CountLost(_held[i]!.ReadableBytes - (i == 0 ? _done : 0));
            Queue!.Complete(_held[i]!, 0);
        }

        Drop(_count);
        _done = 0;
        Queue = null;
    }

    private void Hold(Virtqueue queue, DescriptorChain chain)
    {
        if (chain.ReadableBytes > 0)
        {
            _held[_count++] = chain;
            return;
        }

        // A buffer of the other direction, or an empty one.
        queue.Counters.Errors++;
        queue.Complete(chain, 0);
    }

    // Pieces of the chains in hand, without what is done, as many as there is room for.
    private int Gather(out nuint bytes)
    {
        bytes = 0;
        int count = 0;
        nuint skip = _done;
        for (int i = 0; i < _count && count < MaxPieces; i++)
        {
            foreach (IoVec piece in _held[i]!.Readable)
            {
                if (skip >= piece.Length)
                {
                    skip -= piece.Length;
                    continue;
                }

                if (count == MaxPieces)
                    return count;
                _pieces[count++] = new IoVec(piece.Base + skip, piece.Length - skip);
                bytes += piece.Length - skip;
                skip = 0;
            }
        }

        return count;
    }

    private void Advance(Virtqueue queue, nuint taken)
    {
        int whole = 0;
        while (whole < _count)
        {
            uint left = _held[whole]!.ReadableBytes - _done;
            if (taken < left)
            {
                _done += (uint)taken;
                break;
            }

            taken -= left;
            _done = 0;
            queue.Complete(_held[whole++]!, 0);
        }

        Drop(whole);
    }

    private void Drop(int first)
    {
        if (first == 0)
            return;
        _count -= first;
        Array.Copy(_held, first, _held, 0, _count);
        Array.Clear(_held, _count, first);
    }
}
