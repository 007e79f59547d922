// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Guest memory that changes while rings run.</summary>
[Collection(BackEndCollection.Name)]
public sealed class MemoryTests : LeakChecked
{
    private const ulong Second = 0x8000_0000;
    private const ulong Page = 4096;

    [Fact]
    public void The_table_is_replaced_under_load()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        for (int i = 0; i < 100; i++)
        {
            DriverQueue queue = front.Queues[0];
            ulong question = front.Memory.Allocate(4);
            ulong answer = front.Memory.Allocate(4);
            front.Memory.Write(question, [1, 2, 3, (byte)i]);
            for (int n = 0; n < 6; n++)
                queue.Add(DriverBuffer.Readable(question, 4), DriverBuffer.Writable(answer, 4));
            queue.Submit();
            front.Connection.SetMemTable(front.Memory).ThrowIfNegative();
            for (int n = 0; n < 6; n++)
                Assert.Equal(4u, queue.Take().Length);
            Assert.Equal([1, 2, 3, (byte)i], front.Memory.Span(answer, 4).ToArray());
            front.Memory.Free(question);
            front.Memory.Free(answer);
        }

        Assert.Equal(0, backEnd.With(d => d.Journal.Count("stopping 0")));
    }

    [Fact]
    public void Regions_come_and_go_up_to_the_last_slot()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        Assert.Equal(509UL, front.MaxMemorySlots);
        List<FrontEndRegion> added = [];
        for (ulong i = 0; i < 508; i++)
        {
            added.Add(front.Memory.AddRegion(new RegionLayout(Second + (2 * i * Page), Page)));
            front.UpdateMemory();
            AssertEchoes(front, added[^1].GuestAddress);
        }

        FrontEndRegion surplus = front.Memory.AddRegion(new RegionLayout(Second - Page, Page));
        Assert.True(front.Connection.AddMemReg(surplus.Entry, surplus.File).IsNegative);
        front.Memory.RemoveRegion(surplus);
        foreach (FrontEndRegion region in added)
        {
            ulong address = region.GuestAddress;
            front.Memory.RemoveRegion(region);
            front.UpdateMemory();
            // A buffer that is not there any more makes the chain come back empty.
            front.Queues[0].Add(DriverBuffer.Writable(address, 4));
            front.Queues[0].Submit();
            Assert.Equal(0u, front.Queues[0].Take().Length);
        }

        AssertEchoes(front, front.Memory.Regions[0].GuestAddress + 0x8000);
    }

    [Fact]
    public void A_request_in_flight_keeps_its_memory_until_it_is_done()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach();
        FrontEndRegion region = front.Memory.AddRegion(new RegionLayout(Second, Page));
        front.UpdateMemory();
        front.Queues[0].Add(DriverBuffer.Writable(Second, 8));
        front.Queues[0].Submit();
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        int mapped = ProcessResources.Take().Mappings.Count;
        front.Connection.RemMemReg(region.Entry).ThrowIfNegative();
        Assert.Equal(mapped, ProcessResources.Take().Mappings.Count);
        backEnd.With(d => d.Complete(0, 0x42));
        Assert.Equal(8u, front.Queues[0].Take().Length);
        Assert.Equal(0x42, front.Memory.Span(Second, 8)[7]);
        Assert.Equal(mapped - 1, ProcessResources.Take().Mappings.Count);
    }

    [Fact]
    public void A_request_in_flight_survives_a_new_table()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach();
        (ushort id, ulong address) = front.Post(0, 8);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        for (int i = 0; i < 3; i++)
            front.Connection.SetMemTable(front.Memory).ThrowIfNegative();
        backEnd.With(d => d.Complete(0, 0x42));
        Assert.Equal(new UsedChain(id, 8), front.Queues[0].Take());
        Assert.Equal(0x42, front.Memory.Span(address, 8)[0]);
    }

    [Fact]
    public void A_ring_stops_without_its_memory_and_goes_on_with_it()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        Assert.Equal([1], front.Request(0, [1], 1));
        FrontEndRegion region = front.Memory.Regions[0];
        front.Connection.RemMemReg(region.Entry).ThrowIfNegative();
        front.Post(0, 1);
        backEnd.Settle();
        Assert.False(front.Queues[0].HasUsed);
        front.Connection.AddMemReg(region.Entry, region.File).ThrowIfNegative();
        _ = front.Queues[0].Take();
        Assert.Equal([2], front.Request(0, [2], 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x1000)]
    [InlineData(0x5000)]
    [InlineData(0x5010)]
    public void A_region_begins_anywhere_in_its_file(ulong offset)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndMemory memory = new([new RegionLayout(0x4000_0000, 1 << 16, 0x7000_0000_0000, offset, 1 << 20)]);
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small with { Memory = memory });
        Assert.Equal([5, 6, 7], front.Request(0, [5, 6, 7], 3));
    }

    [Fact]
    public void A_buffer_may_span_regions()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndMemory memory = new([new RegionLayout(0x10000, 0x10000), new RegionLayout(0x20000, Page), new RegionLayout(0x21000, Page)]);
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small with { Memory = memory });
        byte[] data = [.. Enumerable.Range(0, 6000).Select(i => (byte)i)];
        memory.Write(0x20100, data);
        front.Queues[0].Add(DriverBuffer.Readable(0x20100, 6000), DriverBuffer.Writable(0x18000, 6000));
        front.Queues[0].Submit();
        Assert.Equal(6000u, front.Queues[0].Take().Length);
        Assert.Equal(data, memory.Span(0x18000, 6000).ToArray());
    }

    private static void AssertEchoes(FrontEndDevice front, ulong address)
    {
        front.Memory.Write(address, [9, 8, 7, 6, 0, 0, 0, 0]);
        front.Queues[0].Add(DriverBuffer.Readable(address, 4), DriverBuffer.Writable(address + 4, 4));
        front.Queues[0].Submit();
        Assert.Equal(4u, front.Queues[0].Take().Length);
        Assert.Equal([9, 8, 7, 6], front.Memory.Span(address + 4, 4).ToArray());
    }
}
