// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Drivers behind an IOMMU: what is not translated is asked for, and waits.</summary>
[Collection(BackEndCollection.Name)]
public sealed class IotlbTests : LeakChecked
{
    private const ulong Page = IommuGuest.Page;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rings_and_buffers_are_asked_for_once_and_served(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), iommu: true);
        // 256 entries: the rings have several pages, whose translations come one by one.
        using IommuGuest guest = new(backEnd.Connect(), size: 256, packed: packed);
        guest.Start(guest.Queues[0]);
        Echo(guest, guest.Queues[0], 3 * Page);
        int asked = guest.Asked.Count;
        Assert.InRange(asked, packed ? 6 : 8, 14);
        Assert.Equal(asked, guest.Asked.Distinct().Count());
        Assert.Contains(guest.Asked, static a => a.Permissions == IotlbPermissions.Write);
        // The same pages again are known.
        ulong question = guest.Memory.Allocate(3 * Page);
        guest.Memory.Free(question);
        Echo(guest, guest.Queues[0], 3 * Page);
        Assert.Equal(asked, guest.Asked.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_indirect_table_is_translated_too(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), packed: packed);
        DriverQueue queue = guest.Queues[0];
        guest.Start(queue);
        ulong question = guest.Memory.Allocate(4);
        ulong answer = guest.Memory.Allocate(4);
        guest.Memory.Write(question, [4, 3, 2, 1]);
        queue.AddIndirect(DriverBuffer.Readable(question, 4), DriverBuffer.Writable(answer, 4));
        queue.Submit();
        Assert.Equal(4u, guest.Take(queue).Length);
        Assert.Equal([4, 3, 2, 1], guest.Memory.Span(answer, 4).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_an_invalidation_the_new_page_is_used(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), packed: packed);
        DriverQueue queue = guest.Queues[0];
        guest.Start(queue);
        ulong question = guest.Memory.Allocate(Page, Page);
        ulong other = guest.Memory.Allocate(Page, Page);
        ulong answer = guest.Memory.Allocate(4);
        guest.Memory.Write(question, [1, 1, 1, 1]);
        guest.Memory.Write(other, [2, 2, 2, 2]);
        for (int i = 1; i <= 2; i++)
        {
            queue.Add(DriverBuffer.Readable(question, 4), DriverBuffer.Writable(answer, 4));
            queue.Submit();
            Assert.Equal(4u, guest.Take(queue).Length);
            Assert.Equal(i, guest.Memory.Span(answer, 1)[0]);
            guest.Move(question, other);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_ring_waits_for_a_translation_and_the_others_go_on(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(queues: 2), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), queues: 2, packed: packed);
        foreach (DriverQueue queue in guest.Queues)
            guest.Start(queue);
        ulong missing = guest.Memory.Allocate(Page, Page);
        guest.Unmap(missing);
        ulong answer = guest.Memory.Allocate(4);
        guest.Queues[0].Add(DriverBuffer.Readable(missing, 4), DriverBuffer.Writable(answer, 4));
        guest.Queues[0].Submit();
        guest.AnswerUntil(() => guest.Asked.Contains((missing, IotlbPermissions.Read)), "the page is asked for");
        for (int i = 0; i < 10; i++)
            Echo(guest, guest.Queues[1], 100);
        Assert.False(guest.Queues[0].HasUsed);
        guest.Map(missing);
        Assert.Equal(4u, guest.Take(guest.Queues[0]).Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_ring_that_waits_can_be_stopped_and_takes_the_chain_later(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), packed: packed);
        DriverQueue queue = guest.Queues[0];
        guest.Start(queue);
        Echo(guest, queue, 10);
        ulong missing = guest.Memory.Allocate(Page, Page);
        guest.Unmap(missing);
        queue.Add(DriverBuffer.Writable(missing, 4));
        queue.Submit();
        guest.AnswerUntil(() => guest.Asked.Contains((missing, IotlbPermissions.Write)), "the page is asked for");
        Assert.Equal(packed ? 0x8002_8002u : 1u, guest.Connection.GetVringBase(0));
        queue.Notifier!.Dispose();
        guest.Start(queue);
        guest.Map(missing);
        Assert.Equal(0u, guest.Take(queue).Length);
    }

    // QEMU stops listening to its IOMMU when it stops the device: invalidations of then never come.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_known_when_the_last_ring_stopped_is_asked_for_again(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(queues: 2), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), queues: 2, packed: packed);
        DriverQueue queue = guest.Queues[0];
        guest.Start(queue);
        guest.Start(guest.Queues[1]);
        ulong question = guest.Memory.Allocate(Page, Page);
        ulong other = guest.Memory.Allocate(Page, Page);
        ulong answer = guest.Memory.Allocate(4);
        guest.Memory.Write(question, [1, 1, 1, 1]);
        guest.Memory.Write(other, [2, 2, 2, 2]);
        Assert.Equal(1, Ask(queue));
        // The other one has asked for all that it needs, too.
        Assert.Equal(1, Ask(guest.Queues[1]));
        // As long as a ring runs, changes are told.
        Restart(queue);
        int asked = guest.Asked.Count;
        Assert.Equal(1, Ask(queue));
        Assert.Equal(asked, guest.Asked.Count);

        guest.Connection.GetVringBase(1);
        guest.Connection.GetVringBase(0);
        guest.MoveUnseen(question, other);
        queue.Notifier!.Dispose();
        guest.Start(queue);
        Assert.Equal(2, Ask(queue));

        int Ask(DriverQueue queue)
        {
            queue.Add(DriverBuffer.Readable(question, 4), DriverBuffer.Writable(answer, 4));
            queue.Submit();
            Assert.Equal(4u, guest.Take(queue).Length);
            return guest.Memory.Span(answer, 1)[0];
        }

        void Restart(DriverQueue queue)
        {
            guest.Connection.GetVringBase((uint)queue.Index);
            queue.Notifier!.Dispose();
            guest.Start(queue);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_page_that_may_only_be_read_is_not_written(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), packed: packed);
        DriverQueue queue = guest.Queues[0];
        ulong page = guest.Memory.Allocate(Page, Page);
        bool readOnly = true;
        guest.Permissions = address => address / Page == page / Page && readOnly ? IotlbPermissions.Read : IotlbPermissions.ReadWrite;
        guest.Start(queue);
        guest.Memory.Write(page, [9, 9, 9, 9]);
        queue.Add(DriverBuffer.Readable(page, 4), DriverBuffer.Writable(page + 8, 4));
        queue.Submit();
        guest.AnswerUntil(() => guest.Asked.Contains((page + 8, IotlbPermissions.Write)), "leave to write is asked for");
        Assert.False(queue.HasUsed);
        readOnly = false;
        guest.Map(page);
        Assert.Equal(4u, guest.Take(queue).Length);
        Assert.Equal([9, 9, 9, 9], guest.Memory.Span(page + 8, 4).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rings_without_translation_wait_and_lose_nothing(bool packed)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), packed: packed);
        DriverQueue queue = guest.Queues[0];
        guest.Start(queue);
        ulong answer = guest.Memory.Allocate(4);
        for (int i = 0; i < 3; i++)
            queue.Add(DriverBuffer.Writable(answer, 4));
        queue.Submit();
        guest.AnswerUntil(() => backEnd.With(d => d.Held.Count == 3), "three requests are held");

        // Everything goes; the device answers while its ring is nowhere.
        guest.Invalidate(0, 0);
        backEnd.With(d => d.Complete(0));
        backEnd.With(d => d.Complete(0));
        backEnd.Settle();
        Assert.False(queue.HasUsed);
        HashSet<ushort> ids = [guest.Take(queue).Id, guest.Take(queue).Id];
        backEnd.With(d => d.Complete(0));
        ids.Add(guest.Take(queue).Id);
        Assert.Equal(3, ids.Count);
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("stopping 0")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_translation_to_nowhere_makes_a_malformed_chain(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), packed: packed);
        DriverQueue queue = guest.Queues[0];
        guest.Start(queue);
        guest.Connection.IotlbMsg(new IotlbMessage
        {
            Type = IotlbType.Update,
            Iova = 0x1000,
            Size = Page,
            UserAddress = 0x1000,
            Permissions = IotlbPermissions.ReadWrite,
        }).ThrowIfNegative();
        queue.Add(DriverBuffer.Writable(0x1000, 4));
        queue.Submit();
        Assert.Equal(0u, guest.Take(queue).Length);
        Echo(guest, queue, 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_memory_table_may_change_under_translations(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), iommu: true);
        using IommuGuest guest = new(backEnd.Connect(), packed: packed);
        guest.Start(guest.Queues[0]);
        for (int i = 0; i < 20; i++)
        {
            Echo(guest, guest.Queues[0], 100);
            guest.TellMemory();
        }

        Assert.Equal(0, backEnd.With(d => d.Journal.Count("stopping 0")));
    }

    [Fact]
    public void Messages_that_make_no_sense_are_refused()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), iommu: true);
        using IommuGuest guest = new(backEnd.Connect());
        IotlbMessage good = new() { Type = IotlbType.Update, Iova = 0x1000, Size = Page, UserAddress = 0x1000, Permissions = IotlbPermissions.Read };
        Assert.True(guest.Connection.IotlbMsg(good).IsPositive);
        Assert.True(guest.Connection.IotlbMsg(good with { Size = 0 }).IsNegative);
        Assert.True(guest.Connection.IotlbMsg(good with { Iova = ulong.MaxValue }).IsNegative);
        Assert.True(guest.Connection.IotlbMsg(good with { UserAddress = ulong.MaxValue }).IsNegative);
        Assert.True(guest.Connection.IotlbMsg(good with { Permissions = (IotlbPermissions)4 }).IsNegative);
        Assert.True(guest.Connection.IotlbMsg(good with { Type = 0 }).IsNegative);
        Assert.True(guest.Connection.IotlbMsg(good with { Type = IotlbType.Miss }).IsNegative);
        Assert.True(guest.Connection.IotlbMsg(good with { Type = IotlbType.Invalidate, Size = ulong.MaxValue }).IsPositive);
    }

    [Fact]
    public void Without_the_feature_addresses_are_what_they_were()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        IotlbMessage update = new()
        {
            Type = IotlbType.Update,
            Iova = 0x1000,
            Size = Page,
            UserAddress = 0x1000,
            Permissions = IotlbPermissions.Read,
        };
        Assert.True(front.Connection.IotlbMsg(update).IsNegative);
        Assert.Equal([1, 2], front.Request(0, [1, 2], 4));
        Assert.Equal(0UL, front.OfferedFeatures & VirtioFeatures.AccessPlatform);
    }

    private static void Echo(IommuGuest guest, DriverQueue queue, ulong size)
    {
        ulong question = guest.Memory.Allocate(size);
        ulong answer = guest.Memory.Allocate(size);
        byte[] data = new byte[size];
        Random.Shared.NextBytes(data);
        guest.Memory.Write(question, data);
        queue.Add(DriverBuffer.Readable(question, (uint)size), DriverBuffer.Writable(answer, (uint)size));
        queue.Submit();
        Assert.Equal((uint)size, guest.Take(queue).Length);
        byte[] got = new byte[size];
        guest.Memory.Read(answer, got);
        Assert.Equal(data, got);
        guest.Memory.Free(question);
        guest.Memory.Free(answer);
    }
}
