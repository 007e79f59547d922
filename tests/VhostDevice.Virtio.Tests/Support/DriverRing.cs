// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Tests.Support;

/// <summary>One descriptor of a chain as a test writes it down.</summary>
internal readonly record struct Desc(ulong Address, uint Length, DescriptorFlags Flags = DescriptorFlags.None)
{
    public static Desc Out(ulong address, uint length) => new(address, length);

    public static Desc In(ulong address, uint length) => new(address, length, DescriptorFlags.Write);

    public static Desc Table(ulong address, uint length) => new(address, length, DescriptorFlags.Indirect);
}

/// <summary>
/// The driver's side of a split ring, straight on guest memory: it writes what it is told, right or wrong, and shares
/// no code with the device's side.
/// </summary>
internal sealed unsafe class DriverRing
{
    private readonly TestGuest _guest;
    private readonly ushort* _available;
    private readonly ushort* _used;
    private ushort _next;
    private ushort _taken;

    public DriverRing(TestGuest guest, ulong address, ushort size, ushort start = 0)
    {
        _guest = guest;
        Size = size;
        DescriptorsAt = address;
        AvailableAt = address + (16UL * size);
        UsedAt = (AvailableAt + 6 + (2UL * size) + 3) & ~3UL;
        End = UsedAt + 6 + (8UL * size);
        _available = (ushort*)guest.Host(AvailableAt);
        _used = (ushort*)guest.Host(UsedAt);
        _next = _taken = start;
        AvailableIndex = start;
        UsedIndex = start;
    }

    public ushort Size { get; }

    public ulong DescriptorsAt { get; }

    public ulong AvailableAt { get; }

    public ulong UsedAt { get; }

    /// <summary>The first address after the ring.</summary>
    public ulong End { get; }

    public RingAddresses Addresses => new(
        DescriptorsAt + TestGuest.UserOffset, AvailableAt + TestGuest.UserOffset, UsedAt + TestGuest.UserOffset);

    public ref ushort AvailableFlags => ref _available[0];

    public ref ushort AvailableIndex => ref _available[1];

    public ref ushort UsedEvent => ref _available[2 + Size];

    public ref ushort UsedFlags => ref _used[0];

    public ref ushort UsedIndex => ref _used[1];

    public ref ushort AvailEvent => ref _used[2 + (4 * Size)];

    /// <summary>Used elements that the driver has not taken yet.</summary>
    public int Unread => (ushort)(UsedIndex - _taken);

    public ref SplitDescriptor Descriptor(int index) => ref ((SplitDescriptor*)_guest.Host(DescriptorsAt))[index];

    /// <summary>Writes a chain into the table, from <paramref name="first"/> on, one after the other.</summary>
    public ushort Chain(ushort first, params ReadOnlySpan<Desc> buffers)
    {
        Write(ref Descriptor(first), first, buffers);
        return first;
    }

    /// <summary>Writes an indirect table into guest memory and says how long it is.</summary>
    public Desc Indirect(ulong address, params ReadOnlySpan<Desc> buffers)
    {
        Write(ref *(SplitDescriptor*)_guest.Host(address), 0, buffers);
        return Desc.Table(address, (uint)buffers.Length * SplitDescriptor.Size);
    }

    /// <summary>Puts heads into the ring without telling.</summary>
    public void Put(params ReadOnlySpan<ushort> heads)
    {
        foreach (ushort head in heads)
            _available[2 + (_next++ & (Size - 1))] = head;
    }

    /// <summary>Makes visible what was put.</summary>
    public void Expose() => Volatile.Write(ref AvailableIndex, _next);

    public void Offer(params ReadOnlySpan<ushort> heads)
    {
        Put(heads);
        Expose();
    }

    public bool TryTakeUsed(out SplitUsedElement element)
    {
        element = default;
        if (Volatile.Read(ref UsedIndex) == _taken)
            return false;
        element = ((SplitUsedElement*)(_used + 2))[_taken++ & (Size - 1)];
        return true;
    }

    /// <summary>The element at an index of the used ring.</summary>
    public SplitUsedElement UsedAtIndex(ushort index) => ((SplitUsedElement*)(_used + 2))[index & (Size - 1)];

    /// <summary>Goes on with a ring as it lies in memory, of which it had taken so much.</summary>
    public void Continue(ushort taken)
    {
        _next = AvailableIndex;
        _taken = taken;
    }

    /// <summary>All used elements that were not taken yet, as (head, length).</summary>
    public List<(uint Head, uint Length)> TakeAllUsed()
    {
        List<(uint, uint)> all = [];
        while (TryTakeUsed(out SplitUsedElement element))
            all.Add((element.Id, element.Length));
        return all;
    }

    private static void Write(ref SplitDescriptor first, ushort index, ReadOnlySpan<Desc> buffers)
    {
        for (int i = 0; i < buffers.Length; i++)
        {
            bool last = i == buffers.Length - 1;
            System.Runtime.CompilerServices.Unsafe.Add(ref first, i) = new SplitDescriptor
            {
                Address = buffers[i].Address,
                Length = buffers[i].Length,
                Flags = buffers[i].Flags | (last ? DescriptorFlags.None : DescriptorFlags.Next),
                Next = last ? (ushort)0 : (ushort)(index + i + 1),
            };
        }
    }
}
