// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.TestDisk;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>The requests of the test disk.</summary>
internal sealed class DiskLoad(FrontEndDevice device, int blocks, int depth, int seed)
    : BlockLoad(device, device.Queues, blocks, depth, DiskRequestHeader.Size + BlockBytes + 1, seed)
{
    private const int SectorsPerBlock = BlockBytes / DiskConfig.SectorSize;

    protected override DriverBuffer[] Prepare(in Request request, out ulong dataAt)
    {
        DiskRequestHeader header = new()
        {
            Type = request.IsWrite ? DiskRequestType.Out : DiskRequestType.In,
            Sector = (ulong)request.Block * SectorsPerBlock,
        };
        MemoryMarshal.Write(Device.Memory.Span(request.Address, DiskRequestHeader.Size), in header);
        dataAt = request.Address + DiskRequestHeader.Size;
        ulong answerAt = dataAt + BlockBytes;
        Device.Memory.Span(answerAt, 1)[0] = 0xff;
        return
        [
            DriverBuffer.Readable(request.Address, DiskRequestHeader.Size),
            request.IsWrite ? DriverBuffer.Readable(dataAt, BlockBytes) : DriverBuffer.Writable(dataAt, BlockBytes),
            DriverBuffer.Writable(answerAt, 1),
        ];
    }

    protected override bool IsDone(in Request request)
    {
        Assert.Equal(DiskStatus.Ok, (DiskStatus)Device.Memory.Span(request.DataAt + BlockBytes, 1)[0]);
        return true;
    }
}
