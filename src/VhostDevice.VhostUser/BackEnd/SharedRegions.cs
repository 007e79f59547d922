// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// What a device has mapped into its shared memory regions, as the front-end knows it: so that a request that cannot be
/// right is refused here, with the reason, and not by a front-end that may end the guest for it.
/// </summary>
internal sealed class SharedRegions
{
    /// <summary>Mappings at a time. A front-end needs a memory slot for each, of which QEMU has a few hundred.</summary>
    internal const int MaxPlaces = 1024;

    private readonly ulong[] _sizes;
    private readonly List<SharedPlace> _places = [];

    /// <param name="sizes">Bytes of each region by its id; 0 for one that is not there.</param>
    /// <exception cref="ArgumentException">There are more than ids, or one does not consist of whole pages.</exception>
    internal SharedRegions(ReadOnlySpan<ulong> sizes)
    {
        if (sizes.Length > ShmemConfigHeader.MaxRegions)
            throw new ArgumentException($"{sizes.Length} shared memory regions, at most {ShmemConfigHeader.MaxRegions} are possible", nameof(sizes));
        _sizes = sizes.ToArray();
        if (Array.Exists(_sizes, static s => !IsWhole(s)))
            throw new ArgumentException("a shared memory region does not consist of whole pages", nameof(sizes));
    }

    /// <summary>Whether there is any region.</summary>
    internal bool Any => Array.Exists(_sizes, static s => s > 0);

    /// <summary>Places that are taken.</summary>
    internal int Count => _places.Count;

    /// <summary>Takes a place for a new mapping.</summary>
    /// <returns>EINVAL for what is in no region or no whole pages, EEXIST for what overlaps, ENOSPC for one too many.</returns>
    internal Errno TryTake(SharedRange range, out SharedPlace? place)
    {
        place = null;
        ulong size = range.Region < _sizes.Length ? _sizes[range.Region] : 0;
        if (range.Length == 0 || range.Offset > size || range.Length > size - range.Offset || !IsWhole(range.Offset) || !IsWhole(range.Length))
            return Errno.EINVAL;
        if (_places.Exists(p => Overlap(p.Range, range)))
            return Errno.EEXIST;
        if (_places.Count >= MaxPlaces)
            return Errno.ENOSPC;
        place = new SharedPlace(range);
        _places.Add(place);
        return Errno.Success;
    }

    /// <summary>The mapping that is exactly there; null when there is none, or when it is about to change.</summary>
    internal SharedPlace? FindMapped(SharedRange range) => _places.Find(p =>
        p.State == SharedPlaceState.Mapped && p.Range.Region == range.Region && p.Range.Offset == range.Offset && p.Range.Length == range.Length);

    internal void Remove(SharedPlace place) => _places.Remove(place);

    /// <summary>
    /// The device was reset, so that its mappings are gone. Places stay taken while the front-end owes an answer that
    /// says what is there.
    /// </summary>
    internal void Forget() => _places.RemoveAll(static p => p.State == SharedPlaceState.Mapped);

    /// <summary>The answer to GET_SHMEM_CONFIG: the size of every id there could be, and how many are not 0.</summary>
    internal void Describe(Span<byte> reply)
    {
        reply.Clear();
        ShmemConfigHeader header = new() { Count = (uint)_sizes.Count(static s => s > 0) };
        MemoryMarshal.Write(reply, in header);
        MemoryMarshal.AsBytes<ulong>(_sizes).CopyTo(reply[ShmemConfigHeader.Size..]);
    }

    internal static bool IsWhole(ulong bytes) => bytes % (ulong)Environment.SystemPageSize == 0;

    private static bool Overlap(SharedRange a, SharedRange b) =>
        a.Region == b.Region && a.Offset < b.Offset + b.Length && b.Offset < a.Offset + a.Length;
}
