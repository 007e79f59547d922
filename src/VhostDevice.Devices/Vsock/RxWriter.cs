// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// Writes packets into the guest's receive buffers. Data is read straight into them: chains are reserved first, with
/// room for a header left in front of each, then filled by the caller, then completed as one packet each; those that
/// were not needed go back into the ring.
/// </summary>
internal sealed unsafe class RxWriter
{
    /// <summary>Most payload of one packet, as Linux has it (VIRTIO_VSOCK_MAX_PKT_BUF_SIZE).</summary>
    internal const uint MaxPayload = 64 * 1024;

    internal const int MaxChains = 64;

    private readonly DescriptorChain[] _chains = new DescriptorChain[MaxChains];
    private readonly uint[] _rooms = new uint[MaxChains];
    private readonly IoVec[] _pieces = GC.AllocateUninitializedArray<IoVec>(IoVec.MaxPerCall, pinned: true);
    private readonly IoVec[] _head = GC.AllocateUninitializedArray<IoVec>(VsockHeader.Size, pinned: true);
    private int _count;
    private int _reserved;
    private int _pieceCount;

    /// <summary>The receive queue, while it runs.</summary>
    internal Virtqueue? Queue { get; private set; }

    /// <summary>Whether a packet found no buffer at all since the queue was served last.</summary>
    internal bool IsStarved { get; private set; }

    /// <summary>Where the payload of the reserved packets goes, in order.</summary>
    internal ReadOnlySpan<IoVec> Pieces => _pieces.AsSpan(0, _pieceCount);

    internal void Start(Virtqueue queue)
    {
        Queue = queue;
        IsStarved = false;
        queue.WantsKicks = false;
    }

    /// <summary>
    /// The queue has its turn. Drivers add receive buffers one by one, and as long as there are some nobody needs to hear
    /// of more: kicks are for a queue that ran dry.
    /// </summary>
    internal void Look()
    {
        if (!IsStarved || !Queue!.HasAvailable)
            return;
        IsStarved = false;
        Queue.WantsKicks = false;
    }

    private void Starve()
    {
        IsStarved = true;
        if (Queue is not { WantsKicks: false } queue)
            return;
        queue.WantsKicks = true;
        queue.RequestService();
    }

    /// <summary>Gives everything back, before the queue stops.</summary>
    internal void Stop()
    {
        Release();
        for (int i = 0; i < _count; i++)
            Queue!.Complete(_chains[i], 0);
        _count = 0;
        Queue = null;
    }

    /// <summary>Reserves packets with room for up to <paramref name="bytes"/> of payload.</summary>
    /// <param name="bytes">More than 0.</param>
    /// <param name="allowance">What <see cref="VsockCredit.Allowance"/> says.</param>
    /// <param name="packets">The most packets.</param>
    /// <returns>Bytes of payload that have room, all of them in <see cref="Pieces"/>; 0 when there is no buffer.</returns>
    internal uint Reserve(uint bytes, uint allowance, int packets = MaxChains)
    {
        uint room = 0;
        _pieceCount = _reserved = 0;
        while (room < bytes && _reserved < packets && _pieceCount < _pieces.Length && allowance > VsockCredit.PacketCost)
        {
            uint most = Math.Min(Math.Min(bytes - room, MaxPayload), allowance - VsockCredit.PacketCost);
            if (!TryNext())
                break;
            ChainWriter writer = _chains[_reserved].Writer();
            writer.TakePieces(_head, VsockHeader.Size, out _);
            _pieceCount += writer.TakePieces(_pieces.AsSpan(_pieceCount), most, out ulong taken);
            if (taken == 0)
                break;
            _rooms[_reserved++] = (uint)taken;
            room += (uint)taken;
            allowance -= (uint)taken + VsockCredit.PacketCost;
        }

        if (room > 0)
            return room;
        Release();
        Starve();
        return 0;
    }

    /// <summary>Completes packets with the first bytes of what was reserved, and puts the rest back.</summary>
    /// <param name="header">Of all packets, but for the length.</param>
    /// <param name="bytes">Payload that is there by now.</param>
    /// <param name="lastFlags">Flags of the last packet; the others have those of the header.</param>
    /// <returns>How many packets it took.</returns>
    internal uint Commit(ref VsockHeader header, uint bytes, uint lastFlags = 0)
    {
        int used = 0;
        while (bytes > 0)
        {
            uint part = Math.Min(bytes, _rooms[used]);
            bytes -= part;
            header.Length = part;
            if (bytes == 0)
                header.Flags |= lastFlags;
            Put(_chains[used++], in header, part);
        }

        _count -= used;
        if (_count > 0)
            _chains.AsSpan(used, _count).CopyTo(_chains);
        Release();
        return (uint)used;
    }

    /// <summary>
    /// Puts back what was reserved. Chains behind which something else was taken out of the ring, one that made no sense,
    /// cannot go back: they are kept for the next packets.
    /// </summary>
    internal void Release()
    {
        _pieceCount = _reserved = 0;
        while (_count > 0 && Queue!.TryPutBack(_chains[_count - 1]))
            _count--;
    }

    /// <summary>Sends a packet without payload; false when there is no buffer.</summary>
    internal bool TrySend(in VsockHeader header)
    {
        _reserved = 0;
        if (!TryNext())
        {
            Starve();
            return false;
        }

        Put(_chains[0], in header, 0);
        if (--_count > 0)
            _chains.AsSpan(1, _count).CopyTo(_chains);
        return true;
    }

    private void Put(DescriptorChain chain, in VsockHeader header, uint payload)
    {
        _ = chain.Writer().TryWrite(in header);
        Queue!.Complete(chain, VsockHeader.Size + payload);
    }

    // Makes sure that the chain after the reserved ones is there.
    private bool TryNext()
    {
        if (_reserved < _count)
            return true;
        while (Queue is { } queue && queue.TryPop(out DescriptorChain? chain))
        {
            if (chain.WritableBytes > VsockHeader.Size)
            {
                _chains[_count++] = chain;
                return true;
            }

            // No packet fits, and none ever will.
            queue.Counters.Errors++;
            queue.Complete(chain, 0);
        }

        return false;
    }
}
