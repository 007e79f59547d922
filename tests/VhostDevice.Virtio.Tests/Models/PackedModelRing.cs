// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>A packed ring, whose ids are taken in no order.</summary>
internal sealed class PackedModelRing : ModelRing
{
    private const uint Disable = 1 << 16;
    private const uint AtDescriptor = 2 << 16;

    private readonly PackedFixture _f;
    private readonly Random _random;

    // Where the ring began, in descriptors from the start of a lap whose wrap counter is 1.
    private readonly int _start;
    private readonly List<ushort> _ids;
    private readonly Dictionary<uint, int> _counts = [];
    private int _free;
    private int _exposed;
    private int _put;
    private int _taken;

    public PackedModelRing(PackedFixture fixture, Random random)
    {
        (_f, _random, _free) = (fixture, random, fixture.Driver.Size);
        _start = (fixture.Driver.NextBits & 0x7fff) + (fixture.Driver.NextBits >= 0x8000 ? 0 : Size);
        _ids = [.. Enumerable.Range(0, Size).Select(static i => (ushort)i)];
    }

    public override TestGuest Guest => _f.Guest;

    public override OwnedVirtqueue Queue => _f.Queue;

    public override RecordingOwner Owner => _f.Owner;

    public override ushort Size => _f.Driver.Size;

    public override ulong Data => _f.Data;

    public override int Free => _free;

    public override bool MixesTables => false;

    public override bool HasUsed => _f.Driver.HasUsed;

    public override ushort Put(ReadOnlySpan<Desc> chain)
    {
        int pick = _random.Next(_ids.Count);
        ushort id = _ids[pick];
        _ids[pick] = _ids[^1];
        _ids.RemoveAt(_ids.Count - 1);
        _counts.Add(id, chain.Length);
        _free -= chain.Length;
        _put += chain.Length;
        _f.Driver.Put(id, chain);
        return id;
    }

    public override Desc Indirect(ulong address, ReadOnlySpan<Desc> buffers) => _f.Driver.Indirect(address, buffers);

    public override void Expose()
    {
        _f.Driver.Expose();
        _exposed += _put;
        _put = 0;
    }

    public override bool TryTakeUsed(out uint id, out uint length)
    {
        bool got = _f.Driver.TryTakeUsed(out ushort taken, out length);
        id = taken;
        if (!got)
            return false;
        Assert.True(_counts.Remove(id, out int count), $"id {id} came back, but it is not out");
        _free += count;
        _taken += count;
        _ids.Add(taken);
        return true;
    }

    public override bool WantsKick(int chains, int descriptors) => IsWanted(_f.Driver.DeviceEvent, _exposed - descriptors, _exposed);

    public override void WantInterrupt(int after) => _f.Driver.DriverEvent = _f.Features.EventIdx ? AtDescriptor | Bits(_taken + after) : 0;

    public override void WantNoInterrupt() => _f.Driver.DriverEvent = Disable;

    public override void WishAnything(Random random, Progress at) => _f.Driver.DriverEvent = random.Next(4) switch
    {
        0 => 0,
        1 => Disable,
        _ => AtDescriptor | Bits(at.Descriptors + random.Next(-2, 6)),
    };

    public override uint BaseAt(Progress taken, Progress completed) => Bits(taken.Descriptors) | (Bits(completed.Descriptors) << 16);

    public override bool WantsInterrupt(Progress from, Progress to, bool first) =>
        (first && (_f.Driver.DriverEvent & (3 << 16)) != Disable) || IsWanted(_f.Driver.DriverEvent, from.Descriptors, to.Descriptors);

    public override void AssertVisible(Progress published) => Assert.Equal(published.Descriptors > _taken, _f.Driver.HasUsed);

    public override void AssertSuppressed() => Assert.Equal(Disable, _f.Driver.DeviceEvent);

    public override void AssertKickWanted(Progress seen) =>
        Assert.Equal(_f.Features.EventIdx ? AtDescriptor | Bits(seen.Descriptors) : 0, _f.Driver.DeviceEvent);

    private uint Bits(int descriptors)
    {
        int at = (_start + descriptors + (4 * Size)) % (2 * Size);
        return at < Size ? (uint)at | 0x8000 : (uint)(at - Size);
    }

    private bool IsWanted(uint wish, int from, int to)
    {
        if ((wish & (3 << 16)) != AtDescriptor || !_f.Features.EventIdx)
            return (wish & (3 << 16)) != Disable;
        for (int i = from; i < to; i++)
        {
            if (Bits(i) == (wish & 0xffff))
                return true;
        }

        return false;
    }
}
