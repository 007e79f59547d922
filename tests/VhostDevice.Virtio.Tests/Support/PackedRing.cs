// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Tests.Support;

/// <summary>
/// The driver's side of a packed ring, straight on guest memory: it writes what it is told, right or wrong, and shares
/// nothing but the descriptor's structure with the device's side.
/// </summary>
internal sealed unsafe class PackedRing
{
    private const int Avail = 0x80;
    private const int Used = 0x8000;

    private readonly TestGuest _guest;
    private readonly Dictionary<ushort, int> _lengths = [];
    private readonly List<(int Index, ushort Flags)> _hidden = [];
    private int _next;
    private bool _nextWrap;
    private int _taken;
    private bool _takenWrap;

    public PackedRing(TestGuest guest, ulong address, ushort size, int start = 0, bool wrap = true)
    {
        _guest = guest;
        Size = size;
        RingAt = address;
        DriverAt = address + (16UL * size);
        DeviceAt = DriverAt + 4;
        End = DeviceAt + 4;
        _next = _taken = start;
        _nextWrap = _takenWrap = wrap;
        // A ring that has been running: everything behind is used, with the lap that it was used in.
        for (int i = 0; i < size; i++)
            Descriptor(i).Flags = (i < start) == wrap ? (ushort)(Avail | Used) : (ushort)0;
    }

    public ushort Size { get; }

    public ulong RingAt { get; }

    public ulong DriverAt { get; }

    public ulong DeviceAt { get; }

    /// <summary>The first address after the ring.</summary>
    public ulong End { get; }

    public RingAddresses Addresses =>
        new(RingAt + TestGuest.UserOffset, DriverAt + TestGuest.UserOffset, DeviceAt + TestGuest.UserOffset);

    /// <summary>Flags in the upper half, offset and wrap counter in the lower one.</summary>
    public ref uint DriverEvent => ref *(uint*)_guest.Host(DriverAt);

    public ref uint DeviceEvent => ref *(uint*)_guest.Host(DeviceAt);

    /// <summary>Where the driver writes next, as the lower half of VRING_BASE.</summary>
    public ushort NextBits => (ushort)(_next | (_nextWrap ? 0x8000 : 0));

    /// <summary>Where the driver expects the next used descriptor.</summary>
    public ushort TakenBits => (ushort)(_taken | (_takenWrap ? 0x8000 : 0));

    public ref PackedDescriptor Descriptor(int index) => ref ((PackedDescriptor*)_guest.Host(RingAt))[index];

    /// <summary>What the driver knows beside what lies in memory.</summary>
    public PackedDriverState State
    {
        get => new(_next, _nextWrap, _taken, _takenWrap, new(_lengths));
        set
        {
            (_next, _nextWrap, _taken, _takenWrap) = (value.Next, value.NextWrap, value.Taken, value.TakenWrap);
            _lengths.Clear();
            foreach ((ushort id, int length) in value.Lengths)
                _lengths.Add(id, length);
        }
    }

    /// <summary>Ids that are out, and how many descriptors each has.</summary>
    public IReadOnlyDictionary<ushort, int> Out => _lengths;

    /// <summary>Writes a list of descriptors at the next places, all but the first one's owner flags.</summary>
    public void Put(ushort id, params ReadOnlySpan<Desc> buffers)
    {
        for (int i = 0; i < buffers.Length; i++)
        {
            bool last = i == buffers.Length - 1;
            ushort flags = (ushort)((int)buffers[i].Flags | (last ? 0 : (int)DescriptorFlags.Next) | (_nextWrap ? Avail : Used));
            ref PackedDescriptor d = ref Descriptor(_next);
            d.Address = buffers[i].Address;
            d.Length = buffers[i].Length;
            d.Id = last ? id : (ushort)0xdead;
            if (i == 0)
                _hidden.Add((_next, flags));
            else
                d.Flags = flags;
            if (++_next == Size)
            {
                _next = 0;
                _nextWrap = !_nextWrap;
            }
        }

        _lengths[id] = buffers.Length;
    }

    /// <summary>Makes visible what was put.</summary>
    public void Expose()
    {
        foreach ((int index, ushort flags) in _hidden)
            Volatile.Write(ref Descriptor(index).Flags, flags);
        _hidden.Clear();
    }

    public void Offer(ushort id, params ReadOnlySpan<Desc> buffers)
    {
        Put(id, buffers);
        Expose();
    }

    /// <summary>Writes an indirect table, with nothing in it that the device should look at but addresses, lengths and WRITE.</summary>
    public Desc Indirect(ulong address, params ReadOnlySpan<Desc> buffers)
    {
        PackedDescriptor* table = (PackedDescriptor*)_guest.Host(address);
        for (int i = 0; i < buffers.Length; i++)
        {
            table[i] = new PackedDescriptor
            {
                Address = buffers[i].Address,
                Length = buffers[i].Length,
                Id = 0xbeef,
                Flags = (ushort)((int)buffers[i].Flags | Avail | (i % 2 == 0 ? 1 : 4)),
            };
        }

        return Desc.Table(address, (uint)buffers.Length * PackedDescriptor.Size);
    }

    /// <summary>Whether the next place that the driver polls is used.</summary>
    public bool HasUsed => (Volatile.Read(ref Descriptor(_taken).Flags) & (Avail | Used)) == (_takenWrap ? Avail | Used : 0);

    public bool TryTakeUsed(out ushort id, out uint length)
    {
        bool used = HasUsed;
        ref PackedDescriptor d = ref Descriptor(_taken);
        (id, length) = (d.Id, d.Length);
        if (!used)
            return false;
        // Without an assertion that allocates: a million of these must allocate nothing.
        if (length > 0 != ((d.Flags & (int)DescriptorFlags.Write) != 0))
            Assert.Fail($"id {id} came back with flags {d.Flags:x} and length {length}");
        if (!_lengths.Remove(id, out int count))
            Assert.Fail($"id {id} came back, but it is not out");
        for (; count > 0; count--)
        {
            if (++_taken != Size)
                continue;
            _taken = 0;
            _takenWrap = !_takenWrap;
        }

        return true;
    }

    /// <summary>All used descriptors that were not taken yet.</summary>
    public List<(ushort Id, uint Length)> TakeAllUsed()
    {
        List<(ushort, uint)> all = [];
        while (TryTakeUsed(out ushort id, out uint length))
            all.Add((id, length));
        return all;
    }
}

/// <summary>A driver's own knowledge of a packed ring.</summary>
internal sealed record PackedDriverState(int Next, bool NextWrap, int Taken, bool TakenWrap, Dictionary<ushort, int> Lengths);
