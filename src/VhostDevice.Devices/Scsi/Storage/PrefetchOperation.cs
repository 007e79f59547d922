// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>Reads a range into the page cache; may wait.</summary>
internal static unsafe class PrefetchOperation
{
    // What the kernel reads ahead at least, unless somebody has set less.
    private const ulong Step = 128 * 1024;

    internal static Errno Run(BlockRequest request)
    {
        ulong end = request.Offset + request.Length;
        // All reads are on their way before the first is waited for.
        for (ulong at = request.Offset; at < end; at += Step)
        {
            Errno errno = DiskIo.ReadAhead(request.Fd, at, Math.Min(Step, end - at));
            if (errno.IsError)
                return errno;
            if (request.IsCancelled)
                return Errno.ECANCELED;
        }

        return request.PieceCount == 0 ? Errno.Success : Await(request, end);
    }

    // Where a step was too large, or memory is short, this reads by itself.
    private static Errno Await(BlockRequest request, ulong end)
    {
        IoVec scratch = *request.PieceList;
        for (ulong at = request.Offset; at < end;)
        {
            IoVec piece = new(scratch.Base, (nuint)Math.Min(scratch.Length, end - at));
            nint n = DiskIo.Move(write: false, request.Fd, &piece, 1, at, durable: false, out Errno errno);
            if (errno.IsError)
                return errno;
            // The file ends before its length.
            if (n == 0)
                return Errno.EIO;
            if (request.IsCancelled)
                return Errno.ECANCELED;
            at += (ulong)n;
        }

        return Errno.Success;
    }
}
