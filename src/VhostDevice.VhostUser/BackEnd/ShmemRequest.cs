// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>A request about one place of a shared memory region.</summary>
internal abstract class ShmemRequest(BackEndRequest kind, SharedPlace place, OwnedFd? file, ulong fileOffset, bool writable)
    : ChannelRequest(kind, Payload(place.Range, fileOffset, writable), file)
{
    protected SharedPlace Place => place;

    private static ReadOnlySpan<byte> Payload(SharedRange range, ulong fileOffset, bool writable)
    {
        ShmemMapping mapping = new()
        {
            RegionIdAndPadding = range.Region,
            FdOffset = fileOffset,
            RegionOffset = range.Offset,
            Length = range.Length,
            Flags = writable ? ShmemMapping.ReadWrite : 0,
        };
        return MemoryMarshal.AsBytes(new ReadOnlySpan<ShmemMapping>(in mapping)).ToArray();
    }
}

/// <summary>SHMEM_MAP.</summary>
/// <param name="done">The device's.</param>
/// <param name="undo">Unmaps a place that nobody wants any more.</param>
internal sealed class MapRequest(
    SharedRegions regions, SharedPlace place, OwnedFd file, ulong fileOffset, bool writable, Action<Errno> done, Action<SharedPlace> undo)
    : ShmemRequest(BackEndRequest.ShmemMap, place, file, fileOffset, writable)
{
    internal override void Answered(Errno errno, OwnedFd? file)
    {
        if (errno.IsSuccess)
            Place.State = SharedPlaceState.Mapped;
        else
            regions.Remove(Place);
        done(errno);
    }

    protected override void Cancelled(bool wasSent)
    {
        if (wasSent)
            Place.State = SharedPlaceState.Unknown;
        else
            regions.Remove(Place);
        done(Errno.ECANCELED);
    }

    // The front-end has it after all, and the device was told that it has not.
    internal override void AnsweredLate(Errno errno)
    {
        if (errno.IsSuccess)
            undo(Place);
        else
            regions.Remove(Place);
    }
}

/// <summary>SHMEM_UNMAP.</summary>
/// <param name="done">The device's.</param>
internal sealed class UnmapRequest(SharedRegions regions, SharedPlace place, Action<Errno> done)
    : ShmemRequest(BackEndRequest.ShmemUnmap, place, null, 0, false)
{
    internal override void Answered(Errno errno, OwnedFd? file)
    {
        Settle(errno);
        done(errno);
    }

    protected override void Cancelled(bool wasSent)
    {
        if (!wasSent)
            Place.State = SharedPlaceState.Mapped;
        done(Errno.ECANCELED);
    }

    internal override void AnsweredLate(Errno errno) => Settle(errno);

    // What the front-end did not unmap is still there.
    private void Settle(Errno errno)
    {
        if (errno.IsSuccess)
            regions.Remove(Place);
        else
            Place.State = SharedPlaceState.Mapped;
    }
}

/// <summary>SHMEM_UNMAP of what a cancelled SHMEM_MAP left; nobody waits for it.</summary>
internal sealed class UndoRequest(SharedRegions regions, SharedPlace place)
    : ShmemRequest(BackEndRequest.ShmemUnmap, place, null, 0, false)
{
    internal override bool IsCancellable => false;

    // A no means that the front-end has forgotten the place by itself, in a reset.
    internal override void Answered(Errno errno, OwnedFd? file) => regions.Remove(Place);

    protected override void Cancelled(bool wasSent)
    {
    }
}
