// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio.Queues;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>Single facts about the driver's side of a split virtqueue.</summary>
public sealed unsafe class DriverQueueTests : IDisposable
{
    private static readonly DriverBuffer s_in = DriverBuffer.Writable(0x4000_1000, 64);
    private static readonly DriverBuffer s_out = DriverBuffer.Readable(0x4000_2000, 16);

    private readonly FrontEndMemory _memory = new(1 << 22);

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Bytes_of_a_direct_chain()
    {
        using SplitDriverQueue queue = new(_memory, 3, 4, eventIdx: false);
        Assert.Equal(0, queue.Add(s_out, s_in));
        queue.Publish();
        SplitRingPlacement at = queue.Placement;
        AssertBytes(at.Descriptors, "0020004000000000 10000000 0100 0100" + "0010004000000000 40000000 0200 0200");
        AssertBytes(at.Available, "0000 0100 0000");
        Assert.Equal(0UL, at.Descriptors % 16);
        Assert.Equal(0UL, at.Available % 2);
        Assert.Equal(0UL, at.Used % 4);
        Assert.Equal(3u, queue.RingAddress.Index);
        Assert.Equal(_memory.UserAddress(at.Used), queue.RingAddress.Used);
    }

    [Fact]
    public void Bytes_of_a_mixed_chain()
    {
        using SplitDriverQueue queue = new(_memory, 0, 4, eventIdx: true);
        queue.AddMixed([s_out], [s_in, s_out, s_in]);
        queue.Publish();
        ulong table = queue.Descriptors[1].Address;
        Assert.Equal(48u, queue.Descriptors[1].Length);
        Assert.Equal(DescriptorFlags.Indirect, queue.Descriptors[1].Flags);
        AssertBytes(queue.Placement.Descriptors, "0020004000000000 10000000 0100 0100");
        AssertBytes(table, "0010004000000000 40000000 0300 0100" + "0020004000000000 10000000 0100 0200" + "0010004000000000 40000000 0200 0000");
    }

    [Fact]
    public void Nothing_is_visible_before_it_is_published()
    {
        using SplitDriverQueue queue = new(_memory, 0, 4, eventIdx: false, ringBase: 0xffff);
        queue.Add(s_in);
        queue.Add(s_in);
        Assert.Equal(0xffff, *queue.AvailableIndex);
        queue.Publish();
        Assert.Equal(1, *queue.AvailableIndex);
    }

    [Fact]
    public void Full_ring()
    {
        using SplitDriverQueue queue = new(_memory, 0, 2, eventIdx: false);
        Assert.False(queue.TryAdd([s_in, s_in, s_in], out _));
        queue.Add(s_in);
        queue.AddIndirect(s_in, s_in, s_in, s_in);
        Assert.False(queue.TryAdd([s_in], out _));
        InvalidOperationException full = Assert.Throws<InvalidOperationException>(() => queue.Add(s_in));
        Assert.Equal("queue 0 has 0 free descriptors, 1 are needed", full.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Add());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(65535)]
    public void Sizes_that_no_split_ring_has(int size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SplitDriverQueue(_memory, 0, (ushort)size, eventIdx: false));

    [Fact]
    public void Largest_ring()
    {
        using SplitDriverQueue queue = new(_memory, 0, 32768, eventIdx: true);
        DeviceModel device = new(_memory, queue.Placement, 32768, eventIdx: true, 0);
        for (int round = 0; round < 4; round++)
        {
            while (queue.TryAdd([s_in], out _))
                continue;
            queue.Publish();
            Assert.Equal(32768, device.Available);
            while (device.Available > 0)
                device.Use(device.Take(null), 1);
            device.PublishUsed();
            while (queue.TryPop(out _))
                continue;
            Assert.Equal(32768, queue.FreeDescriptors);
        }
    }

    [Fact]
    public void Used_entries_that_no_correct_device_writes()
    {
        AssertBroken((q, d) => d.Use(4, 0), "queue 0: used entry 65535 names chain 4, which is not in flight");
        AssertBroken((q, d) => d.Use(0xffff_ffff, 0), "queue 0: used entry 65535 names chain 4294967295, which is not in flight");
        AssertBroken((q, d) => d.Use(3, 0), "queue 0: used entry 65535 names chain 3, which is not in flight");
        AssertBroken((q, d) => d.Use(0, 65), "queue 0: used entry 65535 of chain 0 says 65 bytes were written, there is room for 64");
        AssertBroken((q, d) => Use(d, 0, 0), "queue 0: used entry 0 names chain 0, which is not in flight");
        AssertBroken((q, d) => Use(d, 0, 1, 0), "queue 0: the used index is 2 with 2 chains in flight from 65535 on");
        AssertBroken((q, d) => *q.UsedIndex = 0xfffe, "queue 0: the used index is 65534 with 2 chains in flight from 65535 on", publish: false);
    }

    [Fact]
    public void Unpublished_chains_cannot_be_used()
    {
        using SplitDriverQueue queue = new(_memory, 0, 4, eventIdx: false);
        ushort id = queue.Add(s_in);
        DeviceModel device = new(_memory, queue.Placement, 4, eventIdx: false, 0);
        device.Use(id, 0);
        device.PublishUsed();
        Assert.Throws<RingException>(() => queue.TryPop(out _));
    }

    [Fact]
    public void Long_used_lengths_may_be_let_pass()
    {
        using SplitDriverQueue queue = new(_memory, 0, 4, eventIdx: false) { AllowsLongUsed = true };
        ushort id = queue.Add(s_out);
        queue.Publish();
        DeviceModel device = new(_memory, queue.Placement, 4, eventIdx: false, 0);
        device.Use(id, 16);
        device.PublishUsed();
        Assert.True(queue.TryPop(out UsedChain used));
        Assert.Equal(new UsedChain(id, 16), used);
    }

    [Fact]
    public void Interrupts_put_off_until_several_are_used()
    {
        using SplitDriverQueue queue = new(_memory, 0, 8, eventIdx: true, ringBase: 0xfffe);
        DeviceModel device = new(_memory, queue.Placement, 8, eventIdx: true, 0xfffe);
        for (int i = 0; i < 4; i++)
            queue.Add(s_in);
        queue.Publish();
        Assert.False(queue.EnableInterrupts(3));
        for (int i = 0; i < 4; i++)
        {
            device.Use((uint)i, 0);
            device.PublishUsed();
            Assert.Equal(i == 2, device.DriverWantsInterrupt());
        }

        Assert.True(queue.EnableInterrupts(4));
        Assert.False(queue.EnableInterrupts(5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Disabled_interrupts_stay_disabled_over_many_requests(bool eventIdx)
    {
        using SplitDriverQueue queue = new(_memory, 0, 16, eventIdx);
        DeviceModel device = new(_memory, queue.Placement, 16, eventIdx, 0);
        queue.DisableInterrupts();
        for (int i = 0; i < 200_000; i++)
        {
            queue.Add(s_in);
            queue.Publish();
            device.Use(device.Take(null), 64);
            device.PublishUsed();
            Assert.False(device.DriverWantsInterrupt());
            Assert.True(queue.TryPop(out _));
        }
    }

    [Fact]
    public void Reset_forgets_everything()
    {
        using SplitDriverQueue queue = new(_memory, 0, 4, eventIdx: true);
        queue.AddIndirect(s_in, s_in);
        queue.Publish();
        queue.DisableInterrupts();
        queue.Reset(7);
        Assert.Equal((0, 4), (queue.InFlight, queue.FreeDescriptors));
        AssertBytes(queue.Placement.Descriptors, new string('0', 128));
        AssertBytes(queue.Placement.Available, "0000 0700 0000 0000 0000 0000 0700");
        AssertBytes(queue.Placement.Used, "0000 0700" + new string('0', 64) + "0700");
        Assert.Equal(7u, queue.RingBase);
        queue.Add(s_in);
        queue.Publish();
        Assert.True(queue.NeedsKick());
    }

    [Fact]
    public void Rings_at_chosen_places()
    {
        SplitRingPlacement place = new(0x4000_0000, 0x4000_1002, 0x4000_2004);
        using SplitDriverQueue queue = new(_memory, 0, 4, eventIdx: false, placement: place);
        Assert.Equal(place, queue.Placement);
        queue.Add(s_in);
        queue.Publish();
        AssertBytes(0x4000_1002, "0000 0100 0000");
    }

    [Fact]
    public void Without_a_notifier_kicking_says_so()
    {
        using SplitDriverQueue queue = new(_memory, 5, 4, eventIdx: false);
        queue.Add(s_in);
        Assert.Contains("queue 5 has no notifier", Assert.Throws<InvalidOperationException>(() => queue.Submit()).Message, StringComparison.Ordinal);
    }

    private static void Use(DeviceModel device, params ReadOnlySpan<uint> ids)
    {
        foreach (uint id in ids)
            device.Use(id, 0);
    }

    private void AssertBroken(Action<SplitDriverQueue, DeviceModel> scribble, string message, bool publish = true)
    {
        using SplitDriverQueue queue = new(_memory, 0, 4, eventIdx: false, ringBase: 0xffff);
        DeviceModel device = new(_memory, queue.Placement, 4, eventIdx: false, 0xffff);
        queue.Add(s_in);
        queue.Add(s_in, s_in);
        queue.Publish();
        scribble(queue, device);
        if (publish)
            device.PublishUsed();
        RingException broken = Assert.Throws<RingException>(() =>
        {
            while (queue.TryPop(out _))
                continue;
        });
        Assert.Equal(message, broken.Message);
        Assert.Equal(0, broken.Queue);
    }

    private void AssertBytes(ulong guestAddress, string hex)
    {
        byte[] expected = FakeBackEnd.FromHex(hex);
        Assert.Equal(Convert.ToHexStringLower(expected), Convert.ToHexStringLower(_memory.Span(guestAddress, expected.Length)));
    }
}
