// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.Load;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Bus;

/// <summary>Requests to a bus, every answer of which is looked at.</summary>
internal sealed unsafe class BusShape(LoadOptions options, BusRequest request) : LoadShape
{
    private readonly nint[] _answers = new nint[options.Depth];

    internal override IReadOnlyList<ushort> QueueSizes => [256];

    internal override ulong MemorySize => 16UL << 20;

    internal override DriverBuffer[] MakeBuffers(FrontEndMemory memory, int slot)
    {
        ulong message = memory.Allocate((ulong)request.Message.Length, 64);
        memory.Write(message, request.Message);
        ulong answer = memory.Allocate((ulong)request.AnswerBytes, 64);
        // Guest memory stays where it is.
        fixed (byte* at = memory.Span(answer, request.AnswerBytes))
            _answers[slot] = (nint)at;
        DriverBuffer first = DriverBuffer.Readable(message, (uint)request.Message.Length);
        if (request.AnswerDescriptors == 1)
            return [first, DriverBuffer.Writable(answer, (uint)request.AnswerBytes)];
        uint data = (uint)request.AnswerBytes - 1;
        return [first, DriverBuffer.Writable(answer, data), DriverBuffer.Writable(answer + data, 1)];
    }

    internal override void Prepare(int slot) => ((byte*)_answers[slot])[request.StatusAt] = 0xff;

    internal override long Finish(int slot, uint written)
    {
        byte* answer = (byte*)_answers[slot];
        if (written != request.AnswerBytes || answer[request.StatusAt] != 0)
            throw new BenchException($"the device refused a request (status {answer[request.StatusAt]}, {written} bytes)");
        if (request.Expected >= 0 && answer[0] != request.Expected)
            throw new BenchException($"the device answered 0x{answer[0]:x2} instead of 0x{request.Expected:x2}");
        return written;
    }
}
