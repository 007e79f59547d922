// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Memory;

/// <summary>
/// The regions of one snapshot on behalf of all its <see cref="MemoryHold"/>s. Counted atomically, unlike the snapshot,
/// because a hold may end on any thread; what the data path does to the snapshot stays a plain count.
/// </summary>
internal sealed class HeldRegions
{
    private readonly GuestRegion[] _regions;
    private int _holders = 1; // the snapshot, which makes holds as long as it lives

    internal HeldRegions(GuestRegion[] regions)
    {
        _regions = regions;
        foreach (GuestRegion region in regions)
            region.Retain();
    }

    internal void Retain() => Interlocked.Increment(ref _holders);

    internal void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0)
            return;
        foreach (GuestRegion region in _regions)
            region.Release();
    }
}
