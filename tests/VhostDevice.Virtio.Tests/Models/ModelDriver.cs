// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>
/// A correct driver that makes requests of every shape, remembers them, and checks what comes back. It only knows
/// what a driver can know: its own memory.
/// </summary>
internal sealed class ModelDriver
{
    private const int SlotBytes = 2048;
    private const int TableOffset = 1024;

    private readonly RingFixture _f;
    private readonly Random _random;
    private readonly List<ushort> _free;
    private readonly Stack<int> _slots;
    private readonly Dictionary<uint, Request> _out = [];
    private readonly List<ushort> _put = [];
    private int _serial;

    public ModelDriver(RingFixture fixture, Random random)
    {
        _f = fixture;
        _random = random;
        _free = [.. Enumerable.Range(0, fixture.Driver.Size).Select(static i => (ushort)i)];
        _slots = new Stack<int>(Enumerable.Range(0, fixture.Driver.Size));
    }

    /// <summary>Requests made and not back yet.</summary>
    public IReadOnlyDictionary<uint, Request> Out => _out;

    /// <summary>Heads put into the ring and not exposed yet, in order.</summary>
    public IReadOnlyList<ushort> Put => _put;

    public int Returned { get; private set; }

    /// <summary>Memory that a driver of a ring of this size needs, from address 0.</summary>
    public static ulong MemoryFor(ushort size) => ((26UL * size) + 0x3000 + ((ulong)size * SlotBytes)) & ~0xfffUL;

    /// <summary>Makes a request if there is room for one, without exposing it.</summary>
    public bool TryMake()
    {
        if (_free.Count == 0)
            return false;
        int slot = _slots.Pop();
        ulong start = _f.Data + (ulong)(slot * SlotBytes);
        ulong at = start;
        List<Desc> buffers = [];
        byte[] sent = Chains.Pattern(Cut(buffers, ref at, DescriptorFlags.None), ++_serial);
        _f.Guest.Fill(start, sent);
        int readable = buffers.Count;
        _ = Cut(buffers, ref at, DescriptorFlags.Write);
        if (buffers.Count == 0)
            buffers.Add(Desc.Out(at, 0));
        Desc[] writable = [.. buffers.Skip(readable).Where(static d => d.Flags == DescriptorFlags.Write)];

        int direct = _random.Next(0, Math.Min(_free.Count, buffers.Count) + 1);
        if (direct < buffers.Count && direct == _free.Count)
            direct--; // the table needs one as well
        Desc[] chain = [.. buffers.Take(direct)];
        if (direct < buffers.Count)
            chain = [.. chain, _f.Driver.Indirect(start + TableOffset, [.. buffers.Skip(direct)])];

        Request request = new(slot, TakeDescriptors(chain.Length), sent, writable);
        Link(request.Descriptors, chain);
        Assert.True(_out.TryAdd(request.Head, request));
        _f.Driver.Put(request.Head);
        _put.Add(request.Head);
        return true;
    }

    /// <summary>Exposes all that was put.</summary>
    public void Expose()
    {
        _f.Driver.Expose();
        _put.Clear();
    }

    /// <summary>Takes one used element and checks it.</summary>
    public bool TryTake()
    {
        if (!_f.Driver.TryTakeUsed(out SplitUsedElement element))
            return false;
        Assert.True(_out.Remove(element.Id, out Request? request), $"head {element.Id} came back, but it is not out");
        Assert.InRange(element.Length, 0u, (uint)request.RoomBytes);
        byte[] found = [.. request.Room.SelectMany(d => _f.Guest.Copy(d.Address, (int)d.Length)).Take((int)element.Length)];
        Assert.Equal(Request.Answer(request.Sent, (int)element.Length), found);
        _free.AddRange(request.Descriptors);
        _slots.Push(request.Slot);
        Returned++;
        return true;
    }

    private int Cut(List<Desc> buffers, ref ulong at, DescriptorFlags flags)
    {
        int total = 0;
        for (int n = _random.Next(0, 5); n > 0; n--)
        {
            int length = _random.Next(0, 60);
            buffers.Add(new Desc(at, (uint)length, flags));
            at += (ulong)length;
            total += length;
        }

        return total;
    }

    private ushort[] TakeDescriptors(int count)
    {
        ushort[] taken = new ushort[count];
        for (int i = 0; i < count; i++)
        {
            int pick = _random.Next(_free.Count);
            taken[i] = _free[pick];
            _free[pick] = _free[^1];
            _free.RemoveAt(_free.Count - 1);
        }

        return taken;
    }

    private void Link(ushort[] descriptors, Desc[] chain)
    {
        for (int i = 0; i < chain.Length; i++)
        {
            bool last = i == chain.Length - 1;
            _f.Driver.Descriptor(descriptors[i]) = new SplitDescriptor
            {
                Address = chain[i].Address,
                Length = chain[i].Length,
                Flags = chain[i].Flags | (last ? DescriptorFlags.None : DescriptorFlags.Next),
                Next = last ? (ushort)_random.Next(0x10000) : descriptors[i + 1],
            };
        }
    }
}
