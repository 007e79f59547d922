// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Shared memory regions of the device, into which the front-end maps what it is given ("MMAP request").</summary>
internal sealed partial class Session
{
    private const ProtocolFeatures MapNeeds = ProtocolFeatures.ShmemMap | ProtocolFeatures.BackendSendFd;

    private readonly SharedRegions _shared;

    public Errno MapShared(SharedRange range, OwnedFd file, ulong fileOffset, bool writable, Action<Errno> done)
    {
        Errno errno = MayRequest(MapNeeds);
        if (errno.IsError)
            return errno;
        if (!SharedRegions.IsWhole(fileOffset) || fileOffset > long.MaxValue - range.Length)
            return Errno.EINVAL;
        errno = _shared.TryTake(range, out SharedPlace? place);
        if (errno.IsError)
            return errno;
        errno = Channel!.Request(new MapRequest(_shared, place!, file, fileOffset, writable, done, Undo));
        if (errno.IsError)
            _shared.Remove(place!);
        return errno;
    }

    public Errno UnmapShared(SharedRange range, Action<Errno> done)
    {
        Errno errno = MayRequest(MapNeeds);
        if (errno.IsError)
            return errno;
        if (_shared.FindMapped(range) is not { } place)
            return Errno.ENOENT;
        place.State = SharedPlaceState.Unmapping;
        errno = Channel!.Request(new UnmapRequest(_shared, place, done));
        if (errno.IsError)
            place.State = SharedPlaceState.Mapped;
        return errno;
    }

    // What waits for an answer is cancelled by what a reset waits for, but that need not be anything.
    private void ForgetShared()
    {
        CancelRequests();
        _shared.Forget();
    }

    // Where it cannot be asked for, the place stays taken: better too little room than two things in one place.
    private void Undo(SharedPlace place) => _ = Channel?.Request(new UndoRequest(_shared, place));

    private Outcome GetShmemConfig(Message m)
    {
        Span<byte> reply = stackalloc byte[ShmemConfigHeader.Size + (ShmemConfigHeader.MaxRegions * sizeof(ulong))];
        _shared.Describe(reply);
        Reply(m, reply);
        return Outcome.Replied;
    }
}
