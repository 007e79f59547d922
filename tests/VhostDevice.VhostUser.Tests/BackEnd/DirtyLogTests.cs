// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>SET_LOG_BASE, SET_LOG_FD, and what switches logging while rings run.</summary>
[Collection(BackEndCollection.Name)]
public sealed class DirtyLogTests : LeakChecked
{
    [Fact]
    public void Logging_is_switched_while_a_ring_runs_and_does_not_disturb_it()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Migrating);
        using DirtyBitmap log = DirtyBitmap.For(front.Memory);
        string[] journal = [.. backEnd.With(d => d.Journal.Lines)];
        ulong answer = front.Memory.Allocate(0x1000, 0x1000);
        ulong used = front.Split(0).Placement.Used;

        Echo(front, answer);
        Assert.Empty(log.Take());
        for (int i = 0; i < 3; i++)
        {
            front.StartLog(log);
            Echo(front, answer);
            backEnd.Settle();
            Assert.Equal([used, answer], log.Take().Order());
            front.StopLog();
            Echo(front, answer);
            backEnd.Settle();
            Assert.Empty(log.Take());
        }

        // The device was not told of anything, and the ring did not stop.
        Assert.Equal(journal, backEnd.With(d => d.Journal.Lines));
        Assert.Equal(7u, front.Stop()[0]);
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void The_used_ring_is_marked_where_the_message_says_and_only_with_its_flag()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Migrating);
        using DirtyBitmap log = new(0x1_0000_0000);
        ulong answer = front.Memory.Allocate(0x1000, 0x1000);
        VringAddress address = front.Queues[0].RingAddress;

        front.Connection.SetLogBase(log.File, log.Bytes, log.Offset).ThrowIfNegative();
        front.Connection.SetFeatures(front.Features | VirtioFeatures.LogAll).ThrowIfNegative();
        front.Connection.SetVringAddr(address with { Flags = 0, Log = ulong.MaxValue }).ThrowIfNegative();
        Echo(front, answer);
        backEnd.Settle();
        Assert.Equal([answer], log.Take());

        // Outside of the guest's memory, as the specification allows; and without the marking of chains.
        front.Connection.SetVringAddr(address with { Flags = VringFlags.Log, Log = 0xf000_0000 }).ThrowIfNegative();
        front.Connection.SetFeatures(front.Features).ThrowIfNegative();
        Echo(front, answer);
        backEnd.Settle();
        Assert.Equal([0xf000_0000UL], log.Take());
    }

    [Fact]
    public void The_bitmap_is_replaced_while_a_ring_runs()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Migrating);
        ulong answer = front.Memory.Allocate(0x1000, 0x1000);
        using DirtyBitmap first = DirtyBitmap.For(front.Memory);
        front.StartLog(first);
        Echo(front, answer);
        backEnd.Settle();
        Assert.Contains(answer, first.Take());

        // Memory is added, and the bitmap grows; it begins somewhere in its file.
        FrontEndRegion added = front.Memory.AddRegion(new RegionLayout(0x1_0000_0000, 0x10000));
        using DirtyBitmap second = new(added.GuestAddress + added.Size, offset: 4096 + 3);
        front.UpdateMemory();
        front.Connection.SetLogBase(second.File, second.Bytes, second.Offset).ThrowIfNegative();
        Echo(front, 0x1_0000_8000);
        backEnd.Settle();
        Assert.Empty(first.Take());
        Assert.Contains(0x1_0000_8000UL, second.Take());
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_bitmap_that_is_too_short_costs_its_marks_and_one_line()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Migrating);
        using DirtyBitmap log = new(0x1000);
        front.StartLog(log);
        for (int i = 0; i < 5; i++)
            Assert.Equal([1, 2], front.Request(0, [1, 2], 2));
        Assert.Empty(log.Take());
        Assert.Contains("too short", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_in_flight_is_marked_before_the_ring_says_where_it_stopped()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true });
        using FrontEndDevice front = backEnd.Attach(TestOptions.Migrating.Suspending());
        using DirtyBitmap log = DirtyBitmap.For(front.Memory);
        front.StartLog(log);
        ulong late = front.Memory.Allocate(0x2000, 0x1000);
        ulong done = front.Memory.Allocate(0x1000, 0x1000);
        front.Queues[0].Add(DriverBuffer.Writable(late, 0x2000));
        front.Queues[0].Add(DriverBuffer.Writable(done, 8));
        front.Queues[0].Submit();
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        log.Take();
        backEnd.With(d => d.Complete(1));
        Assert.Equal(2u, front.Connection.GetVringBase(0));
        Assert.Equal([front.Split(0).Placement.Used, late, late + 0x1000, done], log.Take().Order());
    }

    [Fact]
    public void The_front_end_is_told_that_there_is_something_in_the_log()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Migrating);
        using DirtyBitmap log = DirtyBitmap.For(front.Memory);
        using OwnedFd told = Expect.NewEventFd();
        front.Connection.SetLogFd(told).ThrowIfNegative();
        Assert.Equal([1], front.Request(0, [1], 1));
        Assert.False(EventFd.Wait(told.Fd, 0));
        front.StartLog(log);
        Assert.Equal([1], front.Request(0, [1], 1));
        Expect.Readable(told, "the log's eventfd");
        Assert.NotEmpty(log.Take());
    }

    [Fact]
    public void SET_LOG_BASE_is_answered_without_being_asked_to()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.LogShmfd);
        using DirtyBitmap log = new(1 << 30);
        c.Send(FrontEndRequest.SetLogBase, Payloads.Of(new LogDescription { MmapSize = log.Bytes }), [log.File.Fd]);
        Payloads.AssertAnswer(c, FrontEndRequest.SetLogBase, Payloads.Number(0));
        Payloads.AssertServed(c);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0x2001, 0)]
    [InlineData(1, 0x2000)]
    [InlineData(0x1000, ulong.MaxValue)]
    [InlineData(ulong.MaxValue, 0x1000)]
    [InlineData(1UL << 62, 0)]
    public void A_bitmap_that_is_not_in_its_file_is_refused_and_the_former_one_stays(ulong size, ulong offset)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Migrating);
        using DirtyBitmap log = DirtyBitmap.For(front.Memory);
        front.StartLog(log);
        using OwnedFd file = Expect.NewMemFd(0x2000);
        AssertRefused(front.Connection, new LogDescription { MmapSize = size, MmapOffset = offset }, file.Fd);
        ulong answer = front.Memory.Allocate(0x1000, 0x1000);
        Echo(front, answer);
        backEnd.Settle();
        Assert.Contains(answer, log.Take());
    }

    [Fact]
    public void Files_that_are_no_memory_are_refused()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        using OwnedFd eventFd = Expect.NewEventFd();
        using OwnedFd readOnly = Expect.Open("/proc/self/exe");
        AssertRefused(front.Connection, new LogDescription { MmapSize = 4096 }, eventFd.Fd);
        AssertRefused(front.Connection, new LogDescription { MmapSize = 4096 }, readOnly.Fd);
        AssertRefused(front.Connection, new LogDescription { MmapSize = 4096 });
        Assert.Equal([1], front.Request(0, [1], 1));
    }

    [Fact]
    public void Without_acknowledgements_a_bitmap_of_no_use_ends_the_connection()
    {
        // A front-end that does not look at the answer would believe that the guest's memory is watched.
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        using OwnedFd file = Expect.NewMemFd(0x1000);
        c.Send(FrontEndRequest.SetLogBase, Payloads.Of(new LogDescription { MmapSize = 0x1001 }), [file.Fd]);
        Assert.True(c.WaitForDisconnect(LoopThread.Patience));
        backEnd.WaitForConnections(0);
    }

    private static void AssertRefused(FrontEndConnection c, LogDescription log, params ReadOnlySpan<int> fds)
    {
        using ReceivedMessage answer = c.Exchange(FrontEndRequest.SetLogBase, Payloads.Of(log), fds);
        Assert.Equal(1UL, answer.Read<ulong>());
    }

    private static void Echo(FrontEndDevice front, ulong answer)
    {
        ulong question = front.Memory.Allocate(8);
        front.Queues[0].Add(DriverBuffer.Readable(question, 8), DriverBuffer.Writable(answer, 8));
        front.Queues[0].Submit();
        Assert.Equal(8u, front.Queues[0].Take().Length);
        front.Memory.Free(question);
    }
}
