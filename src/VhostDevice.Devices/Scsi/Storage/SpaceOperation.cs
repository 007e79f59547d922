// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>Gives a range back or zeroes it, in the first way that the file knows; waits for it.</summary>
internal static class SpaceOperation
{
    /// <returns>EOPNOTSUPP when no way is left but to write zeroes.</returns>
    internal static Errno Run(BlockRequest request, ISpaceCalls calls)
    {
        bool discards = request.Operation == BlockOperation.Discard;
        if (discards && request.SpaceWay == SpaceWay.DiscardingDevice)
            return calls.Discard(request.Fd, request.Offset, request.Length);
        Errno errno = calls.Allocate(request.Fd, discards ? AllocateMode.PunchHole : AllocateMode.ZeroRange, request.Offset, request.Length);
        // A device may have forgotten what it could do, as loop devices do when their file refuses; that what was given
        // back reads as zeroes was promised.
        return errno == Errno.EOPNOTSUPP && request.SpaceWay != SpaceWay.File
            ? calls.ZeroOut(request.Fd, request.Offset, request.Length)
            : errno;
    }

    /// <summary>Whether only calls that wait can do it, or what is left of it after an error.</summary>
    internal static bool NeedsThread(BlockRequest request, Errno error) => request.Operation switch
    {
        BlockOperation.Prefetch => error.IsSuccess,
        BlockOperation.Discard when request.SpaceWay == SpaceWay.DiscardingDevice => error.IsSuccess,
        BlockOperation.Discard or BlockOperation.Zero => error == Errno.EOPNOTSUPP && request.SpaceWay != SpaceWay.File,
        _ => false,
    };
}
