// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Load;

/// <summary>Buffers for the device to fill, perhaps behind a message for it: rng, gpio.</summary>
internal sealed class FillShape(LoadOptions options) : LoadShape
{
    internal override IReadOnlyList<ushort> QueueSizes => [options.QueueSize];

    internal override ulong MemorySize => Math.Max(16UL << 20, 2 * (ulong)options.Depth * (ulong)options.Size);

    internal override DriverBuffer[] MakeBuffers(FrontEndMemory memory, int slot)
    {
        int first = options.Message.Length > 0 ? 1 : 0;
        DriverBuffer[] buffers = new DriverBuffer[first + options.Descriptors];
        if (first > 0)
        {
            ulong at = memory.Allocate((ulong)options.Message.Length, 64);
            memory.Write(at, options.Message);
            buffers[0] = DriverBuffer.Readable(at, (uint)options.Message.Length);
        }

        int left = options.Size;
        for (int i = first; i < buffers.Length; i++)
        {
            int length = left / (buffers.Length - i);
            left -= length;
            buffers[i] = DriverBuffer.Writable(memory.Allocate((ulong)length, 64), (uint)length);
        }

        return buffers;
    }
}
