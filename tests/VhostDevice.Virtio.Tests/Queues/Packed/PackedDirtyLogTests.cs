// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues.Packed;

/// <summary>What a packed queue writes to guest memory is marked: buffers, used descriptors, its wish for kicks.</summary>
public sealed unsafe class PackedDirtyLogTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_pages_marked_are_those_in_which_memory_changed(bool eventIdx)
    {
        byte[] bits = GC.AllocateArray<byte>(64, pinned: true);
        using DirtyLog log = new();
        log.Open((byte*)Marshal.UnsafeAddrOfPinnedArrayElement(bits, 0), (ulong)bits.Length, null);
        // Three pages of descriptors, so that the ring's own writes are in changing pages.
        PackedFixture ring = new(size: 700, eventIdx: eventIdx);
        ring.Queue.SetLogs(log, log, ring.Driver.Addresses.Device - TestGuest.UserOffset);
        Random random = new(5);
        HashSet<ulong> everMarked = [];
        for (int i = 0; i < 1000; i++)
        {
            ring.Driver.Offer((ushort)(i % 700), Desc.In(ring.Data + (ulong)random.Next(0x8000), (uint)random.Next(1, 9000)));
            byte[] before = ring.Guest.Span(0, 0x20000).ToArray();
            DescriptorChain chain = ring.Pop();
            foreach (ref readonly Linux.IoVec piece in chain.Writable)
                piece.AsSpan().Fill((byte)i);
            ring.Queue.Complete(chain, 1);
            if (i % 3 == 0)
                _ = ring.Queue.Publish();
            if (i % 5 == 0)
                _ = ring.Queue.RequestKicks();
            if (i % 7 == 0)
                ring.Queue.SuppressKicks();
            HashSet<ulong> marked = [.. Taken(bits)];
            everMarked.UnionWith(marked);
            byte[] after = ring.Guest.Span(0, 0x20000).ToArray();
            for (int page = 0; page < before.Length; page += 0x1000)
            {
                bool changed = !before.AsSpan(page, 0x1000).SequenceEqual(after.AsSpan(page, 0x1000));
                Assert.True(!changed || marked.Contains((ulong)page), $"page {page:x} changed and is not marked");
            }
        }

        // Not simply everything: pages that nobody writes are not marked.
        Assert.DoesNotContain(0x1f000UL, everMarked);
        Assert.Superset(new HashSet<ulong> { 0, 0x1000, 0x2000 }, everMarked);
    }

    private static List<ulong> Taken(byte[] bits)
    {
        List<ulong> pages = [];
        for (int i = 0; i < bits.Length * 8; i++)
        {
            if ((bits[i / 8] & (1 << (i % 8))) != 0)
                pages.Add((ulong)i << 12);
        }

        Array.Clear(bits);
        return pages;
    }
}
