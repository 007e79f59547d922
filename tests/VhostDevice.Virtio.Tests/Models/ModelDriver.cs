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

    private readonly ModelRing _ring;
    private readonly Random _random;
    private readonly Stack<int> _slots;
    private readonly Dictionary<uint, Request> _out = [];
    private readonly List<Request> _put = [];
    private int _serial;

    public ModelDriver(ModelRing ring, Random random)
    {
        _ring = ring;
        _random = random;
        _slots = new Stack<int>(Enumerable.Range(0, ring.Size));
    }

    /// <summary>Requests made and not back yet.</summary>
    public IReadOnlyDictionary<uint, Request> Out => _out;

    /// <summary>Requests put into the ring and not exposed yet, in order.</summary>
    public IReadOnlyList<Request> Put => _put;

    public int Returned { get; private set; }

    /// <summary>Memory that a driver of a ring of this size needs, from address 0.</summary>
    public static ulong MemoryFor(ushort size) => ((26UL * size) + 0x3000 + ((ulong)size * SlotBytes)) & ~0xfffUL;

    /// <summary>Makes a request if there is room for one, without exposing it.</summary>
    public bool TryMake()
    {
        if (_ring.Free == 0)
            return false;
        int slot = _slots.Pop();
        ulong start = _ring.Data + (ulong)(slot * SlotBytes);
        ulong at = start;
        List<Desc> buffers = [];
        byte[] sent = Chains.Pattern(Cut(buffers, ref at, DescriptorFlags.None), ++_serial);
        _ring.Guest.Fill(start, sent);
        int readable = buffers.Count;
        _ = Cut(buffers, ref at, DescriptorFlags.Write);
        if (buffers.Count == 0)
            buffers.Add(Desc.Out(at, 0));
        Desc[] writable = [.. buffers.Skip(readable).Where(static d => d.Flags == DescriptorFlags.Write)];

        int direct = _random.Next(0, Math.Min(_ring.Free, buffers.Count) + 1);
        if (direct < buffers.Count && (!_ring.MixesTables || direct == _ring.Free))
            direct = _ring.MixesTables ? direct - 1 : 0; // the table needs one as well, or all of the chain
        Desc[] chain = [.. buffers.Take(direct)];
        if (direct < buffers.Count)
            chain = [.. chain, _ring.Indirect(start + TableOffset, [.. buffers.Skip(direct)])];

        Request request = new(slot, _ring.Put(chain), chain.Length, sent, writable);
        Assert.True(_out.TryAdd(request.Id, request));
        _put.Add(request);
        return true;
    }

    /// <summary>Exposes all that was put.</summary>
    public void Expose()
    {
        _ring.Expose();
        _put.Clear();
    }

    /// <summary>Takes one used element and checks it.</summary>
    public bool TryTake()
    {
        if (!_ring.TryTakeUsed(out uint id, out uint length))
            return false;
        Assert.True(_out.Remove(id, out Request? request), $"chain {id} came back, but it is not out");
        Assert.InRange(length, 0u, (uint)request.RoomBytes);
        byte[] found = [.. request.Room.SelectMany(d => _ring.Guest.Copy(d.Address, (int)d.Length)).Take((int)length)];
        Assert.Equal(Request.Answer(request.Sent, (int)length), found);
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
}
