// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues.Inflight;

namespace VhostDevice.Virtio.Queues;

/// <content>Reading chains: from the ring, from an indirect table, and from what a predecessor recorded.</content>
public sealed unsafe partial class PackedVirtqueue
{
    /// <summary>Reads a chain to its end, also when it is malformed, because the end says which one it is.</summary>
    /// <param name="count">Descriptors; 0 when there is no end before those in flight.</param>
    /// <returns>Whether it breaks no rule.</returns>
    private bool TryReadChain(DescriptorChain chain, out int count, out ushort id)
    {
        bool good = true;
        int left = _chainLimit;
        int index = _next.Index;
        int free = Size - _held;
        for (int n = 1; n <= free; n++)
        {
            // The first descriptor's flags were the last that the driver wrote (§2.8.6): those of the others are not waited for.
            PackedDescriptor d = _ring[index];
            if (++index == Size)
                index = 0;
            DescriptorFlags flags = (DescriptorFlags)d.Flags;
            bool last = (flags & DescriptorFlags.Next) == 0;
            if (good)
            {
                // virtio 1.3 §2.8.19: a table is a chain of its own, never part of a list.
                good = (flags & DescriptorFlags.Indirect) != 0
                    ? n == 1 && last && TakesIndirect && TryReadIndirect(d, left, chain)
                    : left-- > 0 && chain.TryAdd(Memory, d.Address, d.Length, (flags & DescriptorFlags.Write) != 0);
            }

            if (!last)
                continue;
            count = n;
            id = d.Id;
            return good;
        }

        count = 0;
        id = 0;
        return false;
    }

    // The only descriptor of its chain: a buffer or a table.
    private bool TryAddFirst(PackedDescriptor d, DescriptorChain chain)
    {
        DescriptorFlags flags = (DescriptorFlags)d.Flags;
        return (flags & DescriptorFlags.Indirect) != 0
            ? TakesIndirect && TryReadIndirect(d, _chainLimit, chain)
            : chain.TryAdd(Memory, d.Address, d.Length, (flags & DescriptorFlags.Write) != 0);
    }

    // virtio 1.3 §2.8.7: all entries in order; of their flags only WRITE has a meaning, and it has none in the table's own descriptor.
    private bool TryReadIndirect(PackedDescriptor table, int left, DescriptorChain chain)
    {
        if (table.Length == 0 || table.Length % PackedDescriptor.Size != 0 || table.Address > ulong.MaxValue - table.Length)
            return false;
        uint count = table.Length / PackedDescriptor.Size;
        if (count > left)
            return false;
        if (!Memory.TryTranslate(table.Address, table.Length, out byte* host))
            host = null; // it may span regions: read entry by entry
        for (uint n = 0; n < count; n++)
        {
            PackedDescriptor d;
            if (host != null)
                d = ((PackedDescriptor*)host)[n];
            else if (!Memory.TryRead(table.Address + (n * (ulong)PackedDescriptor.Size), new Span<byte>(&d, PackedDescriptor.Size)))
                return false;
            if (!chain.TryAdd(Memory, d.Address, d.Length, (d.Flags & (ushort)DescriptorFlags.Write) != 0))
                return false;
        }

        return true;
    }

    // Descriptors are taken in a row, so the chain's are those before the next.
    private bool TryRecord(DescriptorChain chain)
    {
        chain.IsLeftover = false;
        int first = _next.Before(chain.RingDescriptors, Size).Index;
        bool recorded = _inflight!.TryTaken(_ring, first, Size, chain.RingDescriptors, chain.Head, out ushort entry);
        chain.RecordEntry = entry;
        if (!recorded)
            Break($"more than {Size} descriptors are in flight: the driver overwrites those that it has not got back");
        return recorded;
    }

    // A predecessor that died before it showed a batch had written all of it but the flags of its first descriptor. Once
    // that one is used, the driver would go on to the others. They are the device's, and in flight: available.
    private void TakeBackUsed()
    {
        for (int i = 0; i < _held; i++)
        {
            PackedPosition at = _used.After(i, Size);
            Volatile.Write(ref _ring[at.Index].Flags, AvailableFlags(at.Wrap));
        }
    }

    private DescriptorChain TakeAgain(out Taken taken)
    {
        int at = _served++;
        PackedLeftover leftover = _leftovers[at];
        _hasLeftovers = _served < _leftovers.Count;
        ushort id = leftover.Descriptors[^1].Id;
        // An id twice is a record that the front-end made up; both go back.
        bool known = id < Size && Slots[id] is not { Life: not ChainLife.Free };
        DescriptorChain chain = known ? Slots[id] ??= new DescriptorChain(this, id) : new DescriptorChain(this, id);
        chain.Clear();
        chain.RingDescriptors = (ushort)leftover.Descriptors.Length;
        chain.RecordEntry = leftover.Entry;
        chain.TakenAt = (uint)at;
        chain.IsLeftover = true;
        bool good = known;
        int left = _chainLimit;
        for (int i = 0; good && i < leftover.Descriptors.Length; i++)
        {
            PackedDescriptor d = leftover.Descriptors[i];
            DescriptorFlags flags = (DescriptorFlags)d.Flags;
            good = (flags & DescriptorFlags.Indirect) != 0
                ? leftover.Descriptors.Length == 1 && TakesIndirect && TryReadIndirect(d, left, chain)
                : left-- > 0 && chain.TryAdd(Memory, d.Address, d.Length, (flags & DescriptorFlags.Write) != 0);
        }

        Hold(chain);
        taken = good ? Taken.Good : Taken.Malformed;
        return chain;
    }
}
