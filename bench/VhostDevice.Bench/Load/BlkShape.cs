// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Bench.Load;

/// <summary>virtio-blk (virtio 1.3 §5.2.6), which peers have where this project has scsi: header, data, status.</summary>
internal sealed unsafe class BlkShape(LoadOptions options, DiskLoad disk) : DiskShape(options, disk)
{
    private const uint TypeIn = 0;
    private const uint TypeOut = 1;
    private const byte StatusOk = 0;

    private protected override int RequestBytes => 16;

    private protected override int AnswerBytes => 1;

    private protected override bool AnswerFirst => false;

    private protected override void WriteFixed(byte* request, int slot, bool writes) =>
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(request, RequestBytes), writes ? TypeOut : TypeIn);

    private protected override void WritePlace(byte* request, ulong sector) =>
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(request + 8, 8), sector);

    private protected override void Poison(byte* answer) => *answer = 0xFF;

    private protected override void Check(byte* answer)
    {
        if (*answer != StatusOk)
            throw new BenchException($"the disk answered with status {*answer}");
    }
}
