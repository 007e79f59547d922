// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>A split ring, whose descriptors are taken in no order.</summary>
internal sealed class SplitModelRing : ModelRing
{
    private readonly RingFixture _f;
    private readonly Random _random;
    private readonly ushort _start;
    private readonly List<ushort> _free;
    private readonly Dictionary<uint, ushort[]> _chains = [];
    private ushort _taken;
    private ushort _exposed;
    private int _put;

    public SplitModelRing(RingFixture fixture, Random random, ushort start)
    {
        (_f, _random, _start) = (fixture, random, start);
        _taken = _exposed = start;
        _free = [.. Enumerable.Range(0, fixture.Driver.Size).Select(static i => (ushort)i)];
    }

    public override TestGuest Guest => _f.Guest;

    public override OwnedVirtqueue Queue => _f.Queue;

    public override RecordingOwner Owner => _f.Owner;

    public override ushort Size => _f.Driver.Size;

    public override ulong Data => _f.Data;

    public override int Free => _free.Count;

    public override bool MixesTables => true;

    public override bool HasUsed => _f.Driver.UsedIndex != _taken;

    public override ushort Put(ReadOnlySpan<Desc> chain)
    {
        ushort[] descriptors = new ushort[chain.Length];
        for (int i = 0; i < descriptors.Length; i++)
        {
            int pick = _random.Next(_free.Count);
            descriptors[i] = _free[pick];
            _free[pick] = _free[^1];
            _free.RemoveAt(_free.Count - 1);
        }

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

        _chains.Add(descriptors[0], descriptors);
        _f.Driver.Put(descriptors[0]);
        _put++;
        return descriptors[0];
    }

    public override Desc Indirect(ulong address, ReadOnlySpan<Desc> buffers) => _f.Driver.Indirect(address, buffers);

    public override void Expose()
    {
        _f.Driver.Expose();
        _exposed += (ushort)_put;
        _put = 0;
    }

    public override bool TryTakeUsed(out uint id, out uint length)
    {
        bool got = _f.Driver.TryTakeUsed(out SplitUsedElement element);
        (id, length) = (element.Id, element.Length);
        if (!got)
            return false;
        Assert.True(_chains.Remove(id, out ushort[]? descriptors), $"head {id} came back, but it is not out");
        _free.AddRange(descriptors);
        _taken++;
        return true;
    }

    public override bool WantsKick(int chains, int descriptors)
    {
        if (!_f.Features.EventIdx)
            return (_f.Driver.UsedFlags & 1) == 0;
        // An entry was written at the index that avail_event names.
        for (ushort i = (ushort)(_exposed - chains); i != _exposed; i++)
        {
            if (i == _f.Driver.AvailEvent)
                return true;
        }

        return false;
    }

    public override void WantInterrupt(int after)
    {
        if (_f.Features.EventIdx)
            _f.Driver.UsedEvent = (ushort)(_taken + after);
        else
            _f.Driver.AvailableFlags = 0;
    }

    public override void WantNoInterrupt()
    {
        if (!_f.Features.EventIdx)
            _f.Driver.AvailableFlags = 1;
    }

    public override void WishAnything(Random random, Progress at)
    {
        if (_f.Features.EventIdx)
            _f.Driver.UsedEvent = (ushort)(_start + at.Chains + random.Next(-2, 4));
        else
            _f.Driver.AvailableFlags = (ushort)random.Next(0, 2);
    }

    public override uint BaseAt(Progress taken, Progress completed) => (ushort)(_start + taken.Chains);

    public override bool WantsInterrupt(Progress from, Progress to, bool first)
    {
        if (!_f.Features.EventIdx)
            return (_f.Driver.AvailableFlags & 1) == 0;
        // The specification's sentence, word for word: an entry written at the index that used_event names.
        bool passed = false;
        for (int i = from.Chains; i < to.Chains; i++)
            passed |= (ushort)(_start + i) == _f.Driver.UsedEvent;
        return passed || first;
    }

    public override void AssertVisible(Progress published) => Assert.Equal((ushort)(_start + published.Chains), _f.Driver.UsedIndex);

    public override void AssertSuppressed() => Assert.Equal(_f.Features.EventIdx ? 0 : 1, _f.Driver.UsedFlags);

    public override void AssertKickWanted(Progress seen)
    {
        Assert.Equal(0, _f.Driver.UsedFlags);
        if (_f.Features.EventIdx)
            Assert.Equal((ushort)(_start + seen.Chains), _f.Driver.AvailEvent);
    }
}
