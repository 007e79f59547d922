// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Signs that the ring's memory is not what the driver writes to.</summary>
internal sealed partial class Vring
{
    /// <summary>QEMU kicks each ring once when it starts it, whatever is in there. A driver kicks when it has added something.</summary>
    private const int KicksInVain = 2;

    private bool _hasServed; // since this start of the ring
    private int _vainKicks;

    // The front-end began the ring without its memory.
    private void AskForMemory()
    {
        if (_hasSize && _hasBase && _addresses is not null && _session.Memory.Regions.IsEmpty)
            _session.RingWaitsForMemory();
    }

    private void CountVainKick()
    {
        if (++_vainKicks == KicksInVain && _live && _queue is { IsBroken: false, IsUnmapped: false, HasAvailable: false })
            _session.RingIsKickedInVain();
    }
}
