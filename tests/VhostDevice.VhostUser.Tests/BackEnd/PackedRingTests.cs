// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio.Queues;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>VIRTIO_F_RING_PACKED over the wire: what the front-end says, and what the base carries.</summary>
[Collection(BackEndCollection.Name)]
public sealed unsafe class PackedRingTests : LeakChecked
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    [InlineData(256)]
    public void Sizes_that_are_no_power_of_two_work(int size)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small.Packed() with { QueueSizes = [(ushort)size] });
        for (int i = 0; i < (3 * size) + 1; i++)
        {
            byte[] data = [(byte)i, 2, 3];
            ulong output = front.Memory.Allocate(16);
            ulong input = front.Memory.Allocate(16);
            front.Memory.Write(output, data);
            front.Queues[0].AddIndirect(DriverBuffer.Readable(output, 3), DriverBuffer.Writable(input, 3));
            front.Queues[0].Submit();
            Assert.Equal(3u, front.Queues[0].Take().Length);
            Assert.Equal(data, front.Memory.Span(input, 3).ToArray());
            front.Memory.Free(output);
            front.Memory.Free(input);
        }
    }

    [Fact]
    public void A_split_ring_still_needs_a_power_of_two_and_16_bits()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Negotiate();
        front.Connection.SetFeatures(front.Features).ThrowIfNegative();
        Assert.True(front.Connection.SetVringNum(0, 5).IsNegative);
        Assert.True(front.Connection.SetVringBase(0, 0x10000).IsNegative);
        front.Connection.SetFeatures(front.Features | Virtio.VirtioFeatures.RingPacked).ThrowIfNegative();
        Assert.True(front.Connection.SetVringNum(0, 5).IsPositive);
        Assert.True(front.Connection.SetVringNum(0, 257).IsNegative);
        Assert.True(front.Connection.SetVringNum(0, 0).IsNegative);
        Assert.True(front.Connection.SetVringBase(0, 0x80008000).IsPositive);
    }

    [Fact]
    public void The_base_carries_both_positions_over_stops()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2).Packed());
        for (byte i = 0; i < 7; i++)
            Assert.Equal([i], front.Request(0, [i], 4)); // two descriptors each
        Assert.Equal([0x800e_800eu, 0x8000_8000u], front.Stop());
        front.Start();
        for (byte i = 0; i < 2; i++)
            Assert.Equal([i], front.Request(0, [i], 4));
        Assert.Equal([9], front.Request(1, [9], 4));
        Assert.Equal([0x0002_0002u, 0x8002_8002u], front.Stop());
        front.Reset();
        front.Start();
        Assert.Equal([5], front.Request(0, [5], 4));
    }

    [Fact]
    public void A_base_that_makes_no_sense_keeps_the_ring_from_starting_until_it_is_right()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small.Packed());
        Assert.Equal(0x8000_8000u, front.Connection.GetVringBase(0));
        front.Connection.SetVringBase(0, 0x8010_8000).ThrowIfNegative();
        front.Connection.SetVringKick(0, front.Queues[0].Notifier!.KickFd).ThrowIfNegative();
        backEnd.Settle();
        Assert.Contains("base", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        front.Connection.SetVringBase(0, 0x8000).ThrowIfNegative(); // 16 bits of it are enough to begin with
        Assert.Equal([1], front.Request(0, [1], 4));
    }

    [Fact]
    public void A_broken_ring_is_reported_and_starts_again_after_a_reset()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2).Packed());
        for (int i = 0; i < 16; i++)
            front.Packed(0).Ring[i] = new PackedDescriptor { Flags = (ushort)DescriptorFlags.Next | PackedDescriptor.Available };
        front.Queues[0].Kick();
        Assert.True(front.Queues[0].Notifier!.WaitForError(LoopThread.Patience));
        Assert.Equal([1], front.Request(1, [1], 4));
        front.Reset();
        front.Start();
        Assert.Equal([2], front.Request(0, [2], 4));
        Assert.Equal([3], front.Request(1, [3], 4));
    }

    [Fact]
    public void Requests_come_back_in_any_order_and_the_ring_stays_full()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small.Packed());
        for (int i = 0; i < 16; i++)
            front.Post(0, 4);
        Assert.Equal(0, front.Queues[0].FreeDescriptors);
        Random random = new(3);
        for (int i = 0; i < 200; i++)
        {
            backEnd.Until(d => d.Held.Count == 16, "a full ring is held");
            ushort id = backEnd.With(d =>
            {
                int pick = random.Next(16);
                ushort head = d.Held[pick].Chain.Head;
                d.Complete(pick);
                return head;
            });
            Assert.Equal(id, front.Queues[0].Take().Id);
            front.Post(0, 4);
        }
    }
}
