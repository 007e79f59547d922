// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Queues;

/// <content>Which pages of guest memory were written, for a front-end that migrates the guest.</content>
public abstract partial class OwnedVirtqueue
{
    private ulong _ringLogAddress;

    /// <summary>Where writes to the device's part of the ring are marked; null: nowhere.</summary>
    private protected DirtyLog? RingLog { get; private set; }

    /// <summary>Switches the marking of written pages, at any time. The logs stay their owner's.</summary>
    /// <param name="chains">
    /// Where the writable parts of chains are marked, whole, when they are completed, and those still in flight when the
    /// ring stops; null: nowhere. A chain that is completed after that is marked there as well.
    /// </param>
    /// <param name="ring">Where writes to the ring are marked; null: nowhere.</param>
    /// <param name="ringAddress">The address at which the first byte of the used ring is marked; need not be in guest memory.</param>
    public void SetLogs(DirtyLog? chains, DirtyLog? ring, ulong ringAddress)
    {
        _chainLog = chains;
        RingLog = ring;
        _ringLogAddress = ringAddress;
    }

    /// <summary>Marks a write to the device's part of the ring; only with a <see cref="RingLog"/>.</summary>
    /// <param name="offset">Bytes from the start of the used ring of a split ring, of the device area of a packed one.</param>
    private protected void MarkRing(uint offset, uint length)
    {
        // Such a place cannot be in a bitmap.
        if (_ringLogAddress <= ulong.MaxValue - offset)
            RingLog!.Mark(_ringLogAddress + offset, length);
    }

    // The device may have written to them already, or be about to.
    private void MarkInFlight()
    {
        if (InFlight == 0 || _chainLog is not { } log)
            return;
        foreach (DescriptorChain? chain in Slots)
        {
            if (chain is { IsInFlight: true })
                chain.Memory.MarkWritten(log, chain.Writable);
        }
    }
}
