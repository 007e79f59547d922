// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>Every write of a queue to guest memory is marked, and only while logging is on.</summary>
public sealed unsafe class DirtyLogTests : IDisposable
{
    private const ulong RingLogAt = 0x300_0000; // outside of the guest's memory, as the specification allows

    private readonly byte[] _bits = GC.AllocateArray<byte>(4096, pinned: true);
    private readonly DirtyLog _log = new();

    public DirtyLogTests() => _log.Open((byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_bits, 0), (ulong)_bits.Length, null);

    public void Dispose() => _log.Dispose();

    [Fact]
    public void The_whole_writable_part_is_marked_when_a_chain_is_completed()
    {
        RingFixture ring = new();
        ring.Queue.SetLogs(_log, null, 0);
        DescriptorChain chain = ring.OfferAndPop(
            Desc.Out(ring.Data, 0x1000), Desc.In(ring.Data + 0x1800, 0x1000), Desc.In(ring.Data + 0x5000, 8));
        Assert.Empty(Taken());
        ring.Queue.Complete(chain, 1);
        Assert.Equal([ring.Data + 0x1000, ring.Data + 0x2000, ring.Data + 0x5000], Taken());
        _ = ring.Queue.Publish();
        Assert.Empty(Taken());
    }

    [Fact]
    public void Pieces_in_several_regions_are_marked_at_their_guest_addresses()
    {
        // Made in an order that is not that of their guest addresses, so that neither is their place in the process.
        TestGuest guest = new((0x40_0000, 0x4000), (0, 1 << 20), (0x20_0000, 0x4000), (0x20_4000, 0x4000));
        RingFixture ring = new(guest: guest);
        ring.Queue.SetLogs(_log, null, 0);
        DescriptorChain chain = ring.OfferAndPop(Desc.In(0x40_3000, 0x1000), Desc.In(0x20_2000, 0x4000), Desc.In(0, 1));
        ring.Queue.Complete(chain, 0);
        Assert.Equal([0UL, 0x20_2000UL, 0x20_3000UL, 0x20_4000UL, 0x20_5000UL, 0x40_3000UL], Taken());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_write_to_the_used_ring_is_marked(bool eventIdx)
    {
        RingFixture ring = new(size: 1024, eventIdx: eventIdx);
        ring.Queue.SetLogs(null, _log, RingLogAt);
        ring.Queue.SuppressKicks();
        Assert.Equal(eventIdx ? [] : [RingLogAt], Taken());
        _ = ring.Queue.RequestKicks();
        Assert.Equal([eventIdx ? RingLogAt + 0x2000 : RingLogAt], Taken());

        // Element 511 lies at 4092 to 4099: in two pages.
        for (int i = 0; i < 512; i++)
        {
            ring.Offer(0, Desc.In(ring.Data, 8));
            ring.Queue.Complete(ring.Pop(), 8);
            Assert.Equal(i < 511 ? [RingLogAt] : [RingLogAt, RingLogAt + 0x1000], Taken());
        }

        _ = ring.Queue.Publish();
        Assert.Equal([RingLogAt], Taken());
    }

    [Fact]
    public void The_pages_marked_are_those_in_which_memory_changed()
    {
        RingFixture ring = new(size: 1024, eventIdx: true);
        ring.Queue.SetLogs(_log, _log, ring.Driver.UsedAt);
        Random random = new(7);
        for (int i = 0; i < 500; i++)
        {
            ring.Offer((ushort)random.Next(512), Desc.In(ring.Data + (ulong)random.Next(0x8000), (uint)random.Next(1, 9000)));
            byte[] before = ring.Guest.Span(0, 0x20000).ToArray();
            DescriptorChain chain = ring.Pop();
            foreach (ref readonly Linux.IoVec piece in chain.Writable)
                piece.AsSpan().Fill((byte)i);
            ring.Queue.Complete(chain, 1);
            if (i % 3 == 0)
                _ = ring.Queue.Publish();
            if (i % 5 == 0)
                _ = ring.Queue.RequestKicks();
            HashSet<ulong> marked = [.. Taken()];
            byte[] after = ring.Guest.Span(0, 0x20000).ToArray();
            for (int page = 0; page < before.Length; page += 0x1000)
            {
                bool changed = !before.AsSpan(page, 0x1000).SequenceEqual(after.AsSpan(page, 0x1000));
                Assert.True(!changed || marked.Contains((ulong)page), $"page {page:x} changed and is not marked");
            }
        }
    }

    [Fact]
    public void Chains_in_flight_are_marked_when_the_ring_stops_and_when_they_are_completed_after_that()
    {
        RingFixture ring = new();
        ring.Queue.SetLogs(_log, _log, ring.Driver.UsedAt);
        DescriptorChain chain = ring.OfferAndPop(Desc.In(ring.Data + 0x3000, 0x1000));
        ring.Queue.Stop();
        Assert.Equal([ring.Data + 0x3000], Taken());
        ring.Queue.Complete(chain, 5);
        Assert.Equal([ring.Data + 0x3000], Taken());
    }

    [Fact]
    public void Nothing_is_marked_unless_it_is_on()
    {
        RingFixture ring = new();
        ring.Queue.Complete(ring.OfferAndPop(Desc.In(ring.Data, 8)), 8);
        ring.Queue.SetLogs(_log, _log, ring.Driver.UsedAt);
        ring.Queue.SetLogs(null, null, 0);
        ring.Queue.Complete(ring.OfferAndPop(Desc.In(ring.Data, 8)), 8);
        _ = ring.Queue.Publish();
        _ = ring.Queue.RequestKicks();
        ring.Queue.SuppressKicks();
        Assert.Empty(Taken());
    }

    [Fact]
    public void A_used_ring_at_the_end_of_the_address_space_is_not_marked_at_its_start()
    {
        RingFixture ring = new();
        ring.Queue.SetLogs(null, _log, ulong.MaxValue - 3);
        ring.Queue.Complete(ring.OfferAndPop(Desc.In(ring.Data, 8)), 8);
        _ = ring.Queue.Publish();
        Assert.Empty(Taken());
    }

    // The addresses of the pages marked since the last look.
    private List<ulong> Taken()
    {
        List<ulong> pages = [];
        for (int i = 0; i < _bits.Length * 8; i++)
        {
            if ((_bits[i / 8] & (1 << (i % 8))) != 0)
                pages.Add((ulong)i << 12);
        }

        Array.Clear(_bits);
        return pages;
    }
}
