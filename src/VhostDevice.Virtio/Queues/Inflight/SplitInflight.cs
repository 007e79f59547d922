// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;

namespace VhostDevice.Virtio.Queues.Inflight;

/// <summary>
/// The record of the requests of a split ring that are in flight (vhost-user specification, "Inflight I/O tracking").
/// </summary>
/// <remarks>
/// It must be right after a kill at any instruction. A killed process has executed a beginning of its instructions, and
/// all that these stored in shared memory is there, whatever the order in which other processors would have seen it.
/// So what counts is the order in which the program stores, which volatile writes keep the compiler from changing;
/// there is no need for fences. "Crash between A and B" below is meant in this sense.
/// </remarks>
internal sealed unsafe class SplitInflight
{
    private readonly SplitInflightHeader* _header;
    private readonly SplitInflightDescriptor* _descriptors;
    // The batch's list once more, where the front-end cannot change it under our feet.
    private readonly ushort[] _next;
    private readonly Action? _stored;
    private ushort _batchHead;
    private ulong _counter;

    private SplitInflight(InflightRegion region, ushort size)
    {
        _header = (SplitInflightHeader*)region.Start;
        _descriptors = (SplitInflightDescriptor*)(region.Start + SplitInflightHeader.Size);
        _next = new ushort[size];
        _stored = region.Stored;
    }

    /// <summary>Opens a region for a ring that starts, settles what a crash left behind, and lists what must be served again.</summary>
    /// <param name="size">The ring's size; the region may be for larger ones.</param>
    /// <param name="usedIndex">The index that stands in the used ring.</param>
    /// <param name="resubmit">Heads of the chains in flight, in the order in which they were taken; null for an unused region.</param>
    /// <param name="problem">Why the region cannot be used when the result is false.</param>
    internal static bool TryOpen(
        InflightRegion region, ushort size, ushort usedIndex, [NotNullWhen(true)] out SplitInflight? record,
        out ushort[]? resubmit, out string problem)
    {
        record = null;
        resubmit = null;
        if (region.Descriptors < size)
        {
            problem = $"the record of requests in flight is for rings of {region.Descriptors}, the ring has {size}";
            return false;
        }

        SplitInflightHeader found = *(SplitInflightHeader*)region.Start;
        SplitInflight made = new(region, size);
        if (found.Version == 0)
        {
            made.Initialize(region.Descriptors, usedIndex);
        }
        else if (found.Version != InflightRegion.Version || found.Features != 0 || found.DescriptorCount != region.Descriptors)
        {
            problem =
                $"the record of requests in flight has version {found.Version}, features 0x{found.Features:x} and "
                    + $"{found.DescriptorCount} descriptors: not one of ours";
            return false;
        }
        else if ((ushort)(usedIndex - found.UsedIndex) > size)
        {
            // No batch is larger than the ring: the ring was set up anew, and the record is of the former one.
            made.Initialize(region.Descriptors, usedIndex);
        }
        else
        {
            made.Settle(found, usedIndex);
            resubmit = made.Collect();
        }

        record = made;
        problem = "";
        return true;
    }

    /// <summary>A chain was taken from the available ring. Not for one that is served again: it keeps its place in the order.</summary>
    internal void Taken(ushort head)
    {
        SplitInflightDescriptor* d = _descriptors + head;
        // Before the mark, which makes it count. Crash before the mark: the chain was not taken, and the next process
        // finds it in the available ring, which goes on after those that are marked.
        Store(ref d->Counter, _counter++);
        Store(ref d->InFlight, 1);
    }

    /// <summary>The chain that was taken last lies in the available ring again.</summary>
    internal void Untaken(ushort head) => Store(ref _descriptors[head].InFlight, 0);

    /// <summary>A chain was written into the used ring, where the driver does not see it yet.</summary>
    internal void Completed(ushort head)
    {
        // Crash anywhere here: the used index has not moved, so the list means nothing and the chain is served again.
        // What an earlier process left on the list stays behind the chains of this batch, where nobody gets to.
        _next[head] = _batchHead;
        Store(ref _descriptors[head].Next, _batchHead);
        _batchHead = head;
        Store(ref _header->LastBatchHead, head);
    }

    /// <summary>The driver can see all completed chains: the used index was stored just now.</summary>
    internal void Published(ushort usedIndex, int count)
    {
        // Crash before the last store: the successor sees an index that is ahead of the record and does this again,
        // which is the same as doing it once. No chain can be taken meanwhile that has a head of the list.
        _stored?.Invoke();
        ushort head = _batchHead;
        for (; count > 0; count--)
        {
            Store(ref _descriptors[head].InFlight, 0);
            head = _next[head];
        }

        Store(ref _header->UsedIndex, usedIndex);
    }

    private void Initialize(ushort descriptors, ushort usedIndex)
    {
        // Unused until the very last store.
        Store(ref _header->Version, 0);
        for (int i = 0; i < descriptors; i++)
            _descriptors[i] = default;
        _header->Features = 0;
        _header->DescriptorCount = descriptors;
        _header->LastBatchHead = 0;
        _header->UsedIndex = usedIndex;
        Store(ref _header->Version, InflightRegion.Version);
    }

    // The batch that the driver sees and the record does not know to be done.
    private void Settle(SplitInflightHeader found, ushort usedIndex)
    {
        ushort head = found.LastBatchHead;
        // Bounded by the batch, which was checked; a list with a loop or out of the ring is none of ours.
        for (int left = (ushort)(usedIndex - found.UsedIndex); left > 0 && head < _next.Length; left--)
        {
            ushort next = _descriptors[head].Next;
            Store(ref _descriptors[head].InFlight, 0);
            head = next;
        }

        Store(ref _header->UsedIndex, usedIndex);
    }

    private ushort[] Collect()
    {
        List<(ulong Counter, ushort Head)> found = [];
        for (ushort head = 0; head < _next.Length; head++)
        {
            SplitInflightDescriptor d = _descriptors[head];
            if (d.InFlight == 1)
                found.Add((d.Counter, head));
        }

        found.Sort();
        _counter = found.Count > 0 ? found[^1].Counter + 1 : 0;
        return [.. found.Select(static f => f.Head)];
    }

    private void Store(ref byte target, byte value)
    {
        Volatile.Write(ref target, value);
        _stored?.Invoke();
    }

    private void Store(ref ushort target, ushort value)
    {
        Volatile.Write(ref target, value);
        _stored?.Invoke();
    }

    private void Store(ref ulong target, ulong value)
    {
        Volatile.Write(ref target, value);
        _stored?.Invoke();
    }
}
