// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestDisk;

/// <summary>Carries out one request of the driver.</summary>
public sealed class DiskRequest(DiskFile file)
{
    /// <summary>The length of an identifier (virtio 1.3 §5.2.6).</summary>
    private const int IdBytes = 20;

    private readonly IoVec[] _pieces = GC.AllocateUninitializedArray<IoVec>(IoVec.MaxPerCall, pinned: true);

    /// <summary>Serves the request, its status included.</summary>
    /// <returns>Bytes written to the writable part.</returns>
    public uint Serve(DescriptorChain chain)
    {
        ChainReader reader = chain.Reader();
        ChainWriter writer = chain.Writer();
        // Without room for a status there is nobody to tell anything.
        if (chain.WritableBytes == 0)
            return 0;
        uint room = chain.WritableBytes - 1;
        DiskStatus status = reader.TryRead(out DiskRequestHeader header)
            ? Serve(header, ref reader, ref writer, room)
            : DiskStatus.IoError;
        // The status is the last byte, whatever was written before.
        while (writer.Written < room && writer.TakePieces(_pieces, room - writer.Written, out _) > 0)
        {
        }

        writer.TryWrite(status);
        return writer.Written;
    }

    private DiskStatus Serve(DiskRequestHeader header, ref ChainReader reader, ref ChainWriter writer, uint room)
    {
        switch (header.Type)
        {
            case DiskRequestType.In when Fits(header.Sector, room):
                for (ulong at = header.Sector * DiskConfig.SectorSize; writer.Written < room;)
                {
                    int n = writer.TakePieces(_pieces, room - writer.Written, out ulong bytes);
                    if (!file.TryMove(write: false, _pieces.AsSpan(0, n), bytes, at))
                        return DiskStatus.IoError;
                    at += bytes;
                }

                return DiskStatus.Ok;
            case DiskRequestType.Out when Fits(header.Sector, reader.Remaining):
                for (ulong at = header.Sector * DiskConfig.SectorSize; reader.Remaining > 0;)
                {
                    int n = reader.TakePieces(_pieces, reader.Remaining, out ulong bytes);
                    if (!file.TryMove(write: true, _pieces.AsSpan(0, n), bytes, at))
                        return DiskStatus.IoError;
                    at += bytes;
                }

                return DiskStatus.Ok;
            case DiskRequestType.In or DiskRequestType.Out:
                return DiskStatus.IoError;
            case DiskRequestType.Flush:
                file.Flush();
                return DiskStatus.Ok;
            case DiskRequestType.GetId when room >= IdBytes:
                Span<byte> id = stackalloc byte[IdBytes];
                id.Clear();
                "test-disk"u8.CopyTo(id);
                writer.Write(id);
                return DiskStatus.Ok;
            default:
                return DiskStatus.Unsupported;
        }
    }

    // Whole sectors, all of them on the disk.
    private bool Fits(ulong sector, ulong bytes) =>
        bytes % DiskConfig.SectorSize == 0 && sector <= file.Sectors && bytes / DiskConfig.SectorSize <= file.Sectors - sector;
}
