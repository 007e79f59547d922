// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestKit.Devices;

/// <summary>What the driver asks an <see cref="AddressDevice"/> for: bytes of guest memory, and what to fill them with.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct AddressRequest
{
    public ulong Address;
    public uint Length;
    public uint Fill;
}

/// <summary>
/// Fills guest memory whose address stands in the request, as graphics and media devices do. The answer is one byte, a
/// <see cref="TranslationOutcome"/>.
/// </summary>
public sealed unsafe class AddressDevice : VirtioDevice
{
    private readonly Lock _lock = new();

    public override uint DeviceId => 42;

    public override int QueueCount => 1;

    /// <summary>Whether the holds of requests are kept, for the test to end.</summary>
    public bool KeepsHolds { get; set; }

    public List<MemoryHold> Kept { get; } = [];

    /// <summary>How often the device heard of other memory.</summary>
    public int MemoryChanges { get; private set; }

    /// <summary>How often a request went back for want of a translation.</summary>
    public int PutBacks { get; private set; }

    /// <summary>Not the first, which is the messages'.</summary>
    public override int LoopOf(int queue) => 1;

    public override void MemoryChanged() => MemoryChanges++;

    public override void ServeQueue(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
        {
            if (!TryServe(queue, chain))
                return;
        }
    }

    private bool TryServe(Virtqueue queue, DescriptorChain chain)
    {
        if (!chain.Reader().TryRead(out AddressRequest request))
        {
            queue.Complete(chain, 0);
            return true;
        }

        MemoryHold hold = Host.HoldMemory();
        Span<IoVec> pieces = stackalloc IoVec[8];
        Translation found = hold.Translate(request.Address, request.Length, MemoryAccess.Write, pieces);
        pieces = pieces[..found.Pieces];
        if (found.IsFound)
            Fill(pieces, (byte)request.Fill);
        hold.MarkWritten(found.IsFound ? pieces : []);
        lock (_lock)
        {
            if (KeepsHolds)
                Kept.Add(hold);
            else
                hold.Dispose();
            if (found.Outcome == TranslationOutcome.Missing)
            {
                PutBacks++;
                queue.PutBack(chain, found.Miss);
                return false;
            }
        }

        ChainWriter writer = chain.Writer();
        writer.Write([(byte)found.Outcome]);
        queue.Complete(chain, writer.Written);
        return true;
    }

    private static void Fill(ReadOnlySpan<IoVec> pieces, byte fill)
    {
        foreach (IoVec piece in pieces)
            new Span<byte>(piece.Base, (int)piece.Length).Fill(fill);
    }
}
