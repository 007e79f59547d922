// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Load;

/// <summary>What the requests of a load look like: their buffers, and what changes from one to the next. Allocates nothing while it runs.</summary>
internal abstract class LoadShape
{
    /// <summary>The queue that gets the requests.</summary>
    internal virtual int Queue => 0;

    /// <summary>Of all queues up to that one.</summary>
    internal abstract IReadOnlyList<ushort> QueueSizes { get; }

    /// <summary>Bytes of guest memory for rings and buffers.</summary>
    internal abstract ulong MemorySize { get; }

    /// <summary>The buffers of one of the requests in flight, which are sent again and again.</summary>
    internal abstract DriverBuffer[] MakeBuffers(FrontEndMemory memory, int slot);

    /// <summary>Before the first request, after all buffers were made.</summary>
    internal virtual void Begin(DriverQueue queue)
    {
    }

    /// <summary>Before a request is sent.</summary>
    internal virtual void Prepare(int slot)
    {
    }

    /// <summary>After a request came back.</summary>
    /// <returns>The bytes that it moved.</returns>
    /// <exception cref="BenchException">The answer is an error.</exception>
    internal virtual long Finish(int slot, uint written) => written;
}
