// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;

namespace VhostDevice.Devices.Vsock;

/// <summary>The guests of one loop, by CID. They reach each other through it, without locks.</summary>
public sealed class VsockHub
{
    private readonly Dictionary<ulong, VsockGuest> _guests = [];

    public IEnumerable<VsockGuest> Guests => _guests.Values;

    /// <summary>Adds a guest; false when its CID is taken.</summary>
    public bool TryAdd(VsockGuest guest) => _guests.TryAdd(guest.Cid, guest);

    /// <summary>Removes a guest, whose device is disposed by then.</summary>
    public void Remove(VsockGuest guest) => _guests.Remove(guest.Cid);

    /// <summary>The guest of that CID, if <paramref name="from"/> may reach it and it is running.</summary>
    internal bool TryReach(VsockGuest from, ulong cid, [NotNullWhen(true)] out VsockDevice? device)
    {
        device = _guests.TryGetValue(cid, out VsockGuest? guest) && from.MayReach(guest) ? guest.Device : null;
        return device is not null;
    }
}
