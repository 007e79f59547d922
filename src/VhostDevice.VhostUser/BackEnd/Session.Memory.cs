// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Guest memory that the device uses besides its chains.</summary>
internal sealed partial class Session : IMemoryOwner
{
    DirtyLog? IMemoryOwner.WriteLog => LogsChains ? DirtyLog : null;

    public MemoryHold HoldMemory() => MemoryOf(CurrentLoop()).Hold(this);

    void IMemoryOwner.WritesMarked() => NotifyLog();

    // There is another snapshot of the memory.
    private void UseMemory()
    {
        foreach (Vring ring in _rings)
            ring.MemoryChanged();
        if (_attached)
            Device.MemoryChanged();
    }

    // Each loop has a snapshot, and translations, of its own.
    private int CurrentLoop()
    {
        for (int i = 0; i < Crew?.Count; i++)
        {
            if (Crew.At(i).IsCurrent)
                return i;
        }

        return 0;
    }
}
