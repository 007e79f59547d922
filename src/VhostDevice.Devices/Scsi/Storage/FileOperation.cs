// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>Carries out an operation on a file, and waits for it.</summary>
internal static unsafe class FileOperation
{
    internal static Errno Run(BlockRequest request) => request.Operation switch
    {
        BlockOperation.Read or BlockOperation.Write => Transfer(request),
        BlockOperation.Flush => DiskIo.Sync(request.Fd),
        BlockOperation.Prefetch => PrefetchOperation.Run(request),
        _ => SpaceOperation.Run(request, KernelSpaceCalls.Instance),
    };

    internal static Errno Transfer(BlockRequest request)
    {
        bool write = request.Operation == BlockOperation.Write;
        while (true)
        {
            nint n = DiskIo.Move(write, request.Fd, request.PieceList, request.PieceCount, request.Offset, request.Durable, out Errno errno);
            if (errno.IsError)
                return errno;
            if (request.Advance((ulong)n))
                return Errno.Success;
            // The file ends before its length.
            if (n == 0)
                return Errno.EIO;
            if (request.IsCancelled)
                return Errno.ECANCELED;
        }
    }
}
