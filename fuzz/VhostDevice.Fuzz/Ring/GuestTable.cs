// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Ring;

/// <summary>The current memory table of a run, and every mapping that it ever had.</summary>
internal sealed class GuestTable
{
    private readonly GuestLayout _guest;
    private readonly GuestRegion?[] _current = new GuestRegion?[GuestLayout.Regions];
    private readonly List<GuestLayout.Backing> _backings = [];

    public GuestTable(GuestLayout guest)
    {
        _guest = guest;
        for (int i = 0; i < _current.Length; i++)
            _current[i] = guest.Map(i, _backings);
        Memory = Snapshot();
    }

    public GuestMemory Memory { get; private set; }

    public GuestRegion[] Regions { get; private set; } = [];

    /// <summary>Makes the table contain the regions of the mask, under a queue if there is one.</summary>
    /// <param name="found">Whether the queue still has its rings.</param>
    public void Change(byte mask, OwnedVirtqueue? queue, out bool found)
    {
        for (int i = 0; i < _current.Length; i++)
        {
            if ((mask >> i & 1) == 0)
                _current[i] = null;
            else if (_current[i] is null || (mask & 0x80) != 0)
                _current[i] = _guest.Map(i, _backings); // 0x80: everything is shared anew, as by SET_MEM_TABLE
        }

        GuestMemory next = Snapshot();
        found = queue is null || queue.TryChangeMemory(next);
        Memory.Release();
        Memory = next;
    }

    /// <summary>The end of the connection: every mapping must be gone, once.</summary>
    public void Release()
    {
        _guest.StaysOpen = true;
        Memory.Release();
        foreach (GuestLayout.Backing backing in _backings)
            Promise.Keep(backing.Disposals == 1, $"a mapping goes once, not {backing.Disposals} times");
    }

    private GuestMemory Snapshot()
    {
        Regions = [.. _current.OfType<GuestRegion>()];
        Promise.Keep(GuestMemory.TryCreate(Regions, out GuestMemory memory, out string problem), problem);
        return memory;
    }
}
