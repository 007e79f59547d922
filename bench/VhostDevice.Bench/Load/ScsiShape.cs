// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Load;

/// <summary>READ(10) and WRITE(10) for target 0, LUN 0 in virtio-scsi's frames (virtio 1.3 §5.6.6.1).</summary>
internal sealed unsafe class ScsiShape(LoadOptions options, DiskLoad disk) : DiskShape(options, disk)
{
    // lun, id, task_attr, prio, crn; cdb
    private const int CdbOffset = 19;
    private const int CdbBytes = 32;

    // sense_len, residual, status_qualifier, status, response, sense
    private const int StatusOffset = 10;
    private const int ResponseOffset = 11;
    private const int SenseOffset = 12;
    private const int SenseBytes = 96;

    private const byte Read10 = 0x28;
    private const byte Write10 = 0x2A;
    private const byte CheckCondition = 2;

    private ulong _testRequest;
    private ulong _testAnswer;

    internal override int Queue => 2;

    private protected override int RequestBytes => CdbOffset + CdbBytes;

    private protected override int AnswerBytes => SenseOffset + SenseBytes;

    private protected override bool AnswerFirst => true;

    internal override DriverBuffer[] MakeBuffers(FrontEndMemory memory, int slot)
    {
        if (slot == 0)
        {
            _testRequest = memory.Allocate((ulong)RequestBytes, 64);
            _testAnswer = memory.Allocate((ulong)AnswerBytes, 64);
        }

        return base.MakeBuffers(memory, slot);
    }

    /// <summary>TEST UNIT READY until nothing is left that the unit has to say, such as its power-on.</summary>
    internal override void Begin(DriverQueue queue)
    {
        const int tries = 8;
        WriteLun(queue.Memory.Pointer(_testRequest, (ulong)RequestBytes));
        byte* answer = queue.Memory.Pointer(_testAnswer, (ulong)AnswerBytes);
        for (int i = 0; i < tries; i++)
        {
            Poison(answer);
            queue.Add(DriverBuffer.Readable(_testRequest, (uint)RequestBytes), DriverBuffer.Writable(_testAnswer, (uint)AnswerBytes));
            queue.Submit();
            if (!queue.WaitForUsed(TimeSpan.FromSeconds(5)) || !queue.TryPop(out _))
                throw new BenchException("TEST UNIT READY is not answered");
            if (answer[ResponseOffset] != 0 || answer[StatusOffset] != CheckCondition)
                break;
        }

        Check(answer);
    }

    private protected override void WriteFixed(byte* request, int slot, bool writes)
    {
        WriteLun(request);
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(request + 8, 8), (ulong)slot);
        request[CdbOffset] = writes ? Write10 : Read10;
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(request + CdbOffset + 7, 2), (ushort)Sectors);
    }

    private protected override void WritePlace(byte* request, ulong sector) =>
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(request + CdbOffset + 2, 4), checked((uint)sector));

    private protected override void Poison(byte* answer) => answer[ResponseOffset] = 0xFF;

    private protected override void Check(byte* answer)
    {
        if (answer[ResponseOffset] != 0 || answer[StatusOffset] != 0)
        {
            throw new BenchException(
                $"the target answered with response {answer[ResponseOffset]}, status {answer[StatusOffset]}, sense "
                    + $"{Convert.ToHexString(new ReadOnlySpan<byte>(answer + SenseOffset, 18))}");
        }
    }

    // Single-level LUN structure: 1, target, LUN (virtio 1.3 §5.6.6.1).
    private static void WriteLun(byte* request)
    {
        request[0] = 1;
        request[2] = 0x40;
    }
}
