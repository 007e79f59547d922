// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using VhostDevice.Devices.Scsi;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>The device on its socket.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceTests : LeakChecked
{
    private const string Read = "28 00 00000000 00 0001 00";

    [Fact]
    public void The_device_is_what_the_specification_says()
    {
        Assert.Equal(36, Unsafe.SizeOf<ScsiConfig>());
        Assert.Equal(19, Unsafe.SizeOf<ScsiCommandHeader>());
        Assert.Equal(12, Unsafe.SizeOf<ScsiCommandAnswer>());
        Assert.Equal(16, Unsafe.SizeOf<ScsiEvent>());
        using ScsiFixture fixture = new(new TestStore(1 << 20), queues: 3);
        using FrontEndDevice guest = fixture.Attach();
        Assert.Equal(8u, fixture.BackEnd.Device.DeviceId);
        Assert.Equal(ScsiFeatures.Hotplug | ScsiFeatures.Change, guest.OfferedFeatures & 0xFFFFFF);
        Assert.Equal(5ul, guest.MaxQueues);
        byte[] config = guest.ReadConfig(0, 36);
        Assert.Equal(
            "03000000 FE000000 FFFF0000 80000000 10000000 60000000 20000000 0000 FF00 FF3F0000".Replace(" ", "", StringComparison.Ordinal),
            Convert.ToHexString(config));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_block_goes_there_and_back_whatever_the_cut(bool indirect)
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        using FrontEndDevice guest = fixture.Attach();
        byte[] data = [.. Enumerable.Range(0, 512).Select(i => (byte)(i * 3))];
        DriverQueue queue = guest.Queues[2];
        ulong memory = guest.Memory.Allocate(4096);
        guest.Memory.Write(memory, [.. ScsiGuest.Head("2A 00 00000001 00 0001 00", "0100000000000000", 1), .. data]);
        // The head in three pieces, the data in four, the answer in single bytes.
        List<DriverBuffer> buffers = [];
        int at = 0;
        foreach (int size in (int[])[1, 18, 20, 12 + 100, 1, 411])
        {
            buffers.Add(DriverBuffer.Readable(memory + (ulong)at, (uint)size));
            at += size;
        }

        for (int i = 0; i < 8; i++)
            buffers.Add(DriverBuffer.Writable(memory + 2048 + (ulong)i, 1));
        buffers.Add(DriverBuffer.Writable(memory + 2056, 100));
        if (indirect)
            queue.AddIndirect([.. buffers]);
        else
            queue.Add([.. buffers]);
        queue.Submit();
        Assert.Equal(108u, queue.Take().Length);
        byte[] answer = new byte[108];
        guest.Memory.Read(memory + 2048, answer);
        Assert.Equal(new byte[12], answer[..12]);
        Reply reply = guest.Scsi("28 00 00000001 00 0001 00", 600);
        Assert.Equal((0, 0, 88u, 620u), (reply.Response, reply.Status, reply.Residual, reply.Used));
        Assert.Equal(data, reply.Data);
    }

    [Fact]
    public void Requests_that_make_no_sense_are_answered()
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        using FrontEndDevice guest = fixture.Attach();
        // Too short; data in both directions; no such target; a LUN of two levels; too little room for the data.
        Assert.Equal(9, guest.Request(2, new byte[50], 108)[11]);
        Assert.Equal(9, guest.Scsi(Read, 512, new byte[512]).Response);
        Assert.Equal(3, guest.Scsi(Read, 512, lun: "0105400000000000").Response);
        Assert.Equal(3, guest.Scsi(Read, 512, lun: "0100400000010000").Response);
        Assert.Equal(3, guest.Scsi(Read, 512, lun: "0200400000000000").Response);
        Assert.Equal(1, guest.Scsi(Read, 511).Response);
        Assert.Equal("05/25/00", guest.Scsi("00 00 00 00 00 00", lun: "0100400900000000").Sense);
        // Without room for an answer.
        Assert.Equal(107, guest.Request(2, ScsiGuest.Head(Read, "0100400000000000", 0), 107).Length);
        Assert.Empty(guest.Request(2, ScsiGuest.Head(Read, "0100400000000000", 0), 0));
        Reply reply = guest.Scsi(Read, 512);
        Assert.Equal((0, 0, 0u, 620u), (reply.Response, reply.Status, reply.Residual, reply.Used));
    }

    [Fact]
    public void The_well_known_unit_lists_the_others()
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        using FrontEndDevice guest = fixture.Attach();
        Reply reply = guest.Scsi("A0 00 00 000000 00000100 00 00", 256, lun: "C101000000000000");
        Assert.Equal("00000008000000000000000000000000", Convert.ToHexString(reply.Data));
        Assert.Equal(240u, reply.Residual);
        Assert.Equal(0x1E, guest.Scsi("12 00 00 00FF 00", 255, lun: "C101000000000000").Data[0]);
    }

    [Fact]
    public void The_driver_chooses_the_size_of_sense_data()
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        using FrontEndDevice guest = fixture.Attach();
        guest.Connection.SetConfig(20, [18, 0, 0, 0, 16, 0, 0, 0]).ThrowIfNegative();
        byte[] head = ScsiGuest.Head("28 00 00000800 00 0001 00", "0100400000000000", 0)[..35];
        byte[] answer = guest.Request(2, head, 12 + 18 + 512);
        Assert.Equal((30, 18, 2), (answer.Length, answer[0], answer[10]));
        Assert.Equal((5, 0x21), (answer[14], answer[24]));
    }

    [Fact]
    public void Task_management()
    {
        TestStore store = new(1 << 20);
        using ScsiFixture fixture = new(store);
        using FrontEndDevice guest = fixture.Attach();
        Assert.Equal(0, guest.Manage(0, 5));
        Assert.Equal(0, guest.Manage(6, 5));
        Assert.Equal(11, guest.Manage(2));
        Assert.Equal(11, guest.Manage(77));
        Assert.Equal(12, guest.Manage(5, lun: "0100400100000000"));
        Assert.Equal(3, guest.Manage(5, lun: "0101400000000000"));
        Assert.Equal(0, guest.Manage(5));
        Assert.Equal("06/29/03", guest.Scsi(Read, 512).Sense);

        // A read that takes its time is answered before the function that aborts it.
        fixture.BackEnd.With(_ => store.Holds = true);
        ulong memory = guest.Memory.Allocate(1024);
        guest.Memory.Write(memory, ScsiGuest.Head(Read, "0100400000000000", 9));
        guest.Queues[2].Add(DriverBuffer.Readable(memory, 51), DriverBuffer.Writable(memory + 64, 108 + 512));
        guest.Queues[2].Submit();
        fixture.BackEnd.Until(_ => store.Held == 1, "the read");
        Assert.Equal(10, guest.Manage(6, 9));
        byte[] abort = new byte[24];
        abort[8] = 1;
        abort[10] = 0x40;
        abort[16] = 9;
        ulong request = guest.Memory.Allocate(64);
        guest.Memory.Write(request, abort);
        guest.Queues[0].Add(DriverBuffer.Readable(request, 24), DriverBuffer.Writable(request + 32, 1));
        guest.Queues[0].Submit();
        fixture.BackEnd.Settle();
        Assert.False(guest.Queues[0].HasUsed);
        fixture.BackEnd.With(_ => store.Release());
        Assert.Equal(1u, guest.Queues[0].Take().Length);
        Assert.Equal(108u, guest.Queues[2].Take().Length);
        Assert.Equal(2, guest.Memory.Span(memory + 64, 108)[11]);
    }

    [Fact]
    public void Notifications_and_other_control_requests()
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        using FrontEndDevice guest = fixture.Attach();
        byte[] query = [1, 0, 0, 0, 1, 0, 0x40, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0];
        Assert.Equal([0, 0, 0, 0, 0], guest.Request(0, query, 5));
        Assert.Equal(9, guest.Request(0, [7, 0, 0, 0], 1)[0]);
        Assert.Equal(9, guest.Request(0, [0, 0, 0], 1)[0]);
        Assert.Empty(guest.Request(0, query, 0));
    }

    [Fact]
    public void Units_come_and_go_and_grow_and_the_driver_hears_of_it()
    {
        TestStore store = new(1 << 20);
        using ScsiFixture fixture = new(store);
        using FrontEndDevice guest = fixture.Attach();
        ulong memory = guest.Memory.Allocate(64);
        for (int i = 0; i < 3; i++)
            guest.Queues[1].Add(DriverBuffer.Writable(memory + (ulong)(i * 16), 16));
        guest.Queues[1].Submit();
        fixture.BackEnd.With(_ => fixture.Target.TryAdd(new LogicalUnit(new LogicalUnitOptions { Target = 2, Lun = 300 }, new TestStore(4096))));
        Assert.Equal(16u, guest.Queues[1].Take().Length);
        Assert.Equal(
            "01000000 0102412C00000000 01000000".Replace(" ", "", StringComparison.Ordinal),
            Convert.ToHexString(guest.Memory.Span(memory, 16)));
        Assert.Equal("06/29/00", guest.Scsi("00 00 00 00 00 00", lun: "0102412C00000000").Sense);
        Assert.Equal(0, guest.Scsi("00 00 00 00 00 00", lun: "0102412C00000000").Status);

        store.Resize(2 << 20);
        fixture.BackEnd.With(_ => fixture.Target.Resize(fixture.Target.Find(0, 0)!));
        Assert.Equal(16u, guest.Queues[1].Take().Length);
        Assert.Equal(
            "03000000 0100000000000000 2A090000".Replace(" ", "", StringComparison.Ordinal),
            Convert.ToHexString(guest.Memory.Span(memory + 16, 16)));

        fixture.BackEnd.With(_ => fixture.Target.TryRemove(2, 300));
        Assert.Equal(16u, guest.Queues[1].Take().Length);
        Assert.Equal(
            "01000000 0102412C00000000 02000000".Replace(" ", "", StringComparison.Ordinal),
            Convert.ToHexString(guest.Memory.Span(memory + 32, 16)));
        Assert.Equal(3, guest.Scsi("00 00 00 00 00 00", lun: "0102412C00000000").Response);

        // More than are kept without a buffer: the first one afterwards says that some are missing.
        for (int i = 0; i < 70; i++)
        {
            store.Resize((3 + i) << 20);
            fixture.BackEnd.With(_ => fixture.Target.Resize(fixture.Target.Find(0, 0)!));
        }

        guest.Queues[1].Add(DriverBuffer.Writable(memory, 16));
        guest.Queues[1].Submit();
        Assert.Equal(16u, guest.Queues[1].Take().Length);
        Assert.Equal(0x80000003u, BinaryPrimitives.ReadUInt32LittleEndian(guest.Memory.Span(memory, 16)));
    }

    [Fact]
    public void All_request_queues_serve()
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20), queues: 4);
        using FrontEndDevice guest = fixture.Attach(ScsiGuest.Options with { QueueSizes = [16, 16, 16, 16, 16, 16] });
        for (int queue = 2; queue < 6; queue++)
            Assert.Equal(512, guest.Scsi(Read, 512, queue: queue).Data.Length);
    }

    [Fact]
    public void A_second_guest_hears_of_the_power_on_again()
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        for (int i = 0; i < 3; i++)
        {
            using (FrontEndDevice guest = fixture.Attach())
                Assert.Equal(0, guest.Scsi(Read, 512).Status);
            fixture.BackEnd.WaitForConnections(0);
        }
    }
}
