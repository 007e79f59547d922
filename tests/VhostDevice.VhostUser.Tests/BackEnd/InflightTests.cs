// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>GET_INFLIGHT_FD and SET_INFLIGHT_FD: a back-end carries on where its predecessor died.</summary>
[Collection(BackEndCollection.Name)]
public sealed class InflightTests : LeakChecked
{
    private static readonly FrontEndDeviceOptions s_tracked = Tracked(1);

    [Fact]
    public void A_new_record_is_sealed_and_large_enough()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(4));
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(c.GetProtocolFeatures());
        using InflightArea area = c.GetInflightFd(3, 128);
        Assert.Equal(3ul * 2112, area.Description.MmapSize);
        Assert.Equal(0ul, area.Description.MmapOffset);
        Assert.Equal((3, 128), (area.Description.QueueCount, area.Description.QueueSize));
        Files.Stat(area.File.Fd, out FileFacts facts).Ok();
        Assert.Equal(area.Description.MmapSize, facts.Size);
        Assert.Equal(Errno.EPERM, Files.Truncate(area.File.Fd, 0));
        Assert.Equal(Errno.EPERM, Files.Truncate(area.File.Fd, 1 << 20));
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(3, 16)]
    [InlineData(1, 0)]
    [InlineData(1, 1025)]
    public void A_record_for_rings_that_there_cannot_be_is_refused(int queues, int size)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(2));
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(c.GetProtocolFeatures());
        FrontEndException refused = Assert.Throws<FrontEndException>(() => c.GetInflightFd((ushort)queues, (ushort)size));
        Assert.Equal(FrontEndFailure.Disconnected, refused.Failure);
    }

    [Theory]
    [InlineData(320, 0, 1, 16, true)]
    [InlineData(319, 0, 1, 16, false)]
    [InlineData(639, 0, 2, 16, false)]
    [InlineData(320, 8, 1, 16, false)] // beyond the end of the file
    [InlineData(320, 4, 1, 16, false)] // not aligned
    [InlineData(320, 0, 0, 16, false)]
    [InlineData(320, 0, 1, 0, false)]
    [InlineData(long.MaxValue, 0, 65535, 65535, false)]
    [InlineData(-1, 8, 1, 16, false)]
    public void What_a_front_end_brings_is_measured(long size, ulong offset, int queues, int queueSize, bool good)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Negotiate(s_tracked);
        InflightDescription description = new()
        {
            MmapSize = (ulong)size,
            MmapOffset = offset,
            QueueCount = (ushort)queues,
            QueueSize = (ushort)queueSize,
        };
        using InflightArea area = new(description, Expect.NewMemFd(320));
        Assert.Equal(good, front.Connection.SetInflightFd(area).IsPositive);
        front.Start();
        _ = front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "served all the same");
    }

    [Fact]
    public void What_cannot_be_mapped_is_refused()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Negotiate(s_tracked);
        InflightDescription description = new() { MmapSize = 320, QueueCount = 1, QueueSize = 16 };
        using InflightArea area = new(description, Expect.NewEventFd());
        Assert.False(front.Connection.SetInflightFd(area).IsPositive);
    }

    /// <summary>As when the process is killed: nothing is said, and the next one finds the rings and the record.</summary>
    [Theory]
    [InlineData(QueueNotifications.EventFds)]
    [InlineData(QueueNotifications.InBand)]
    public void The_next_back_end_serves_what_was_in_flight_and_nothing_twice(QueueNotifications notifications)
    {
        using TestBackEnd<HoldingDevice> first = new(() => new HoldingDevice());
        using TestBackEnd<HoldingDevice> second = new(() => new HoldingDevice());
        using FrontEndDevice front = first.Attach(s_tracked with { Notifications = notifications });
        for (int i = 0; i < 5; i++)
            front.Post(0, 4);
        first.Until(d => d.Held.Count == 5, "requests taken");
        // Out of order, so that neither index tells what is in flight.
        first.With(d => d.Complete(3));
        first.With(d => d.Complete(1));
        Assert.Equal([3, 1], [front.Queues[0].Take().Id, front.Queues[0].Take().Id]);

        front.Reattach(second.Connect());
        front.Post(0, 4);
        second.Until(d => d.Held.Count == 4, "requests taken again");
        // The free list of the driver gives the head that came back last first.
        Assert.Equal([0, 2, 4, 1], second.With(d => d.Held.Select(h => (int)h.Chain.Head).ToArray()));
        second.With(d => d.CompleteAll(0));
        Assert.Equal([0, 1, 2, 4], Enumerable.Range(0, 4).Select(_ => (int)front.Queues[0].Take().Id).Order());
        Assert.Equal(0, front.Queues[0].InFlight);
        Assert.Empty(second.Log.From(LogLevel.Warning));
    }

    /// <summary>The predecessor may have died between making an answer visible and calling.</summary>
    [Fact]
    public void A_ring_that_goes_on_calls_once_at_its_start()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_tracked);
        Assert.Equal([1], front.Request(0, [1], 1));
        front.Reattach(backEnd.Connect());
        Assert.True(front.Queues[0].Notifier!.WaitForCall(LoopThread.Patience));
    }

    [Fact]
    public void A_ring_with_a_record_of_another_kind_does_not_start()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(s_tracked);
        front.Stop();
        Overwrite(front.Inflight!, 8, 2); // the version
        front.Start();
        front.Post(0, 4);
        Payloads.AssertServed(front.Connection);
        backEnd.Settle();
        Assert.False(front.Queues[0].HasUsed);
        Assert.Contains("record", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
    }

    /// <summary>Which ring starts and when is the front-end's choice; one that runs keeps the record that it has.</summary>
    [Fact]
    public void A_record_that_comes_while_a_ring_runs_is_for_its_next_start()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach(s_tracked);
        using InflightArea other = front.Connection.GetInflightFd(1, 16);
        Assert.True(front.Connection.SetInflightFd(other).IsPositive);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        Assert.Equal((1, 0), (Marks(front.Inflight!), Marks(other)));
        backEnd.With(d => d.Complete(0));
        _ = front.Queues[0].Take();
        Assert.Equal(0, Marks(front.Inflight!));
    }

    [Fact]
    public void Rings_beyond_the_record_run_without()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Negotiate(Tracked(2));
        using InflightArea one = front.Connection.GetInflightFd(1, 16);
        front.Start();
        front.Stop();
        Assert.True(front.Connection.SetInflightFd(one).IsPositive);
        foreach (DriverQueue queue in front.Queues)
            front.StartQueue(queue);
        front.EnableQueues(true);
        Assert.Equal([1], front.Request(0, [1], 1));
        Assert.Equal([2], front.Request(1, [2], 1));
    }

    [Fact]
    public void A_reset_forgets_what_was_in_flight()
    {
        // A status of 0 gives the device its time, which it does not use here.
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true }, TimeSpan.FromMilliseconds(50));
        using FrontEndDevice front = backEnd.Attach(s_tracked);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        InflightArea record = front.Inflight!;
        Assert.Equal(1, Marks(record));
        front.Connection.ResetDevice().ThrowIfNegative();
        front.Queues[0].Reset();
        Assert.True(front.Connection.SetInflightFd(record).IsPositive);
        front.StartQueue(front.Queues[0]);
        front.EnableQueues(true);
        backEnd.Settle();
        Assert.Equal(0, backEnd.With(d => d.Held.Count));
        Assert.Equal(0, Marks(record));
    }

    /// <summary>Older front-ends say status 0 of a guest that they only pause: what a slow device let go of is wanted again.</summary>
    [Fact]
    public void A_status_of_0_loses_nothing()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true }, TimeSpan.FromMilliseconds(50));
        using FrontEndDevice front = backEnd.Attach(s_tracked);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Connection.SetStatus(0).ThrowIfNegative();
        Assert.Equal([1u], front.Stop());
        front.Start();
        backEnd.Until(d => d.Held.Count == 1, "taken again");
        backEnd.With(d => d.Complete(0));
        Assert.Equal(0, front.Queues[0].Take().Id);
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("cancel 0")));
    }

    /// <summary>GET_VRING_BASE_INFLIGHT: the stop does not wait, and what was in flight is served after the next start.</summary>
    [Fact]
    public void A_ring_may_stop_with_requests_in_flight()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true });
        using FrontEndDevice front = backEnd.Attach(
            s_tracked with { ProtocolFeatures = s_tracked.ProtocolFeatures | ProtocolFeatures.GetVringBaseInflight });
        front.Post(0, 4);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        backEnd.With(d => d.Complete(1));
        _ = front.Queues[0].Take();
        Assert.Equal([2u], front.Stop());
        Assert.Equal(0, backEnd.With(d => d.Held.Count));
        // An older front-end of QEMU says this of a guest that is only paused.
        front.Connection.SetStatus(0).ThrowIfNegative();
        front.Start();
        backEnd.Until(d => d.Held.Count == 1, "taken again");
        backEnd.With(d => d.Complete(0));
        Assert.Equal(0, front.Queues[0].Take().Id);
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    /// <summary>GET_VRING_BASE_SKIP_DRAIN: each stop says for itself whether it waits.</summary>
    [Fact]
    public void A_stop_that_says_so_does_not_wait_and_another_one_does()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true });
        using FrontEndDevice front = backEnd.Attach(s_tracked with
        {
            ProtocolFeatures = s_tracked.ProtocolFeatures | ProtocolFeatures.GetVringBaseInflight | ProtocolFeatures.GetVringBaseSkipDrain,
        });
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        // As QEMU does it: disabling comes first, and decides nothing.
        front.EnableQueues(false);
        Assert.Equal(1u, front.Connection.GetVringBaseSkipDrain(0));
        Assert.Equal(0, backEnd.With(d => d.Held.Count));
        front.StartQueue(front.Queues[0]);
        front.EnableQueues(true);
        backEnd.Until(d => d.Held.Count == 1, "taken again");

        front.Connection.Send(FrontEndRequest.GetVringBase, Payloads.State(0, 0));
        backEnd.Until(d => d.Journal.Count("stopping 0") >= 2, "stopping");
        Assert.Equal(1, backEnd.With(d => d.Held.Count));
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetVringBase, Payloads.State(0, 1));
        Assert.Equal(0, front.Queues[0].Take().Id);
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void Without_a_record_a_stop_that_says_so_waits_all_the_same()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true });
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small with
        {
            ProtocolFeatures = TestOptions.Small.ProtocolFeatures | ProtocolFeatures.GetVringBaseSkipDrain,
        });
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Connection.Send(FrontEndRequest.GetVringBaseSkipDrain, Payloads.State(0, 0));
        backEnd.Until(d => d.Journal.Count("stopping 0") == 1, "stopping");
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetVringBaseSkipDrain, Payloads.State(0, 1));
    }

    [Fact]
    public void Without_that_feature_the_stop_waits()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true });
        using FrontEndDevice front = backEnd.Attach(s_tracked);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Connection.Send(FrontEndRequest.GetVringBase, Payloads.State(0, 0));
        backEnd.Until(d => d.Journal.Count("stopping 0") == 1, "stopping");
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetVringBase, Payloads.State(0, 1));
    }

    /// <summary>A base tells only an index, so what a predecessor left is served before one is told.</summary>
    [Fact]
    public void A_stop_right_after_a_start_loses_nothing()
    {
        using TestBackEnd<HoldingDevice> first = new(() => new HoldingDevice());
        using TestBackEnd<HoldingDevice> second = new(() => new HoldingDevice { Capacity = 0, CompletesOnStop = true });
        using FrontEndDevice front = first.Attach(s_tracked);
        for (int i = 0; i < 3; i++)
            front.Post(0, 4);
        first.Until(d => d.Held.Count == 3, "requests taken");
        first.With(d => d.Complete(1));
        _ = front.Queues[0].Take();

        front.Reattach(second.Connect());
        second.Settle();
        second.With(d => d.Capacity = int.MaxValue);
        Assert.Equal(3u, front.Connection.GetVringBase(0));
        Assert.Equal([0, 2], new[] { (int)front.Queues[0].Take().Id, front.Queues[0].Take().Id }.Order());
    }

    private static FrontEndDeviceOptions Tracked(int queues)
    {
        FrontEndDeviceOptions options = TestOptions.Queues(queues);
        return options with { ProtocolFeatures = options.ProtocolFeatures | ProtocolFeatures.InflightShmfd };
    }

    private static unsafe int Marks(InflightArea area)
    {
        MemoryMapping.Map(area.File.Fd, area.Description.MmapOffset, area.Description.MmapSize, 0, out MemoryMapping? mapping).Ok();
        using (mapping)
        {
            int marks = 0;
            for (int i = 0; i < area.Description.QueueSize; i++)
                marks += mapping!.Address[16 + (16 * i)];
            return marks;
        }
    }

    private static unsafe void Overwrite(InflightArea area, int at, byte value)
    {
        MemoryMapping.Map(area.File.Fd, area.Description.MmapOffset, area.Description.MmapSize, 0, out MemoryMapping? mapping).Ok();
        using (mapping)
            mapping!.Address[at] = value;
    }
}
