// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>READ(10) and WRITE(10) of the unit 0:0, whose blocks have 512 bytes.</summary>
internal sealed class ScsiLoad(FrontEndDevice device, int blocks, int depth, int seed)
    : BlockLoad(device, device.Queues.Skip(FirstRequestQueue), blocks, depth, HeadSize + AnswerSize + BlockBytes, seed)
{
    private const int FirstRequestQueue = 2;
    private const int HeadSize = 51;
    private const int AnswerSize = 108;
    private const int Sectors = BlockBytes / 512;

    /// <summary>Unit attentions so far, each of which had its request sent again.</summary>
    internal int Attentions { get; private set; }

    protected override DriverBuffer[] Prepare(in Request request, out ulong dataAt)
    {
        Span<byte> head = Device.Memory.Span(request.Address, HeadSize);
        head.Clear();
        head[0] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], request.Address);
        Span<byte> cdb = head[19..];
        cdb[0] = request.IsWrite ? (byte)0x2A : (byte)0x28;
        BinaryPrimitives.WriteUInt32BigEndian(cdb[2..], (uint)(request.Block * Sectors));
        cdb[8] = Sectors;
        ulong answerAt = request.Address + HeadSize;
        Device.Memory.Span(answerAt, AnswerSize).Fill(0xff);
        dataAt = answerAt + AnswerSize;
        DriverBuffer answer = DriverBuffer.Writable(answerAt, AnswerSize);
        return request.IsWrite
            ? [DriverBuffer.Readable(request.Address, HeadSize), DriverBuffer.Readable(dataAt, BlockBytes), answer]
            : [DriverBuffer.Readable(request.Address, HeadSize), answer, DriverBuffer.Writable(dataAt, BlockBytes)];
    }

    protected override bool IsDone(in Request request)
    {
        ReadOnlySpan<byte> answer = Device.Memory.Span(request.Address + HeadSize, AnswerSize);
        byte status = answer[10], response = answer[11];
        Assert.Equal(0, response);
        if (status == 0)
            return true;
        // A disk that was switched on says so to its first command.
        Assert.Equal((2, 0x06, 0x29, 0x00), (status, answer[12 + 2] & 0xF, answer[12 + 12], answer[12 + 13]));
        Attentions++;
        return false;
    }
}
