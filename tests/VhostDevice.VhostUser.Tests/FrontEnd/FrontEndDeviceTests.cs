// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>The order of a device's start-up, stop and reset, as a back-end sees it.</summary>
public sealed class FrontEndDeviceTests
{
    private const ulong Offered = VirtioFeatures.Version1 | VirtioFeatures.EventIdx | VirtioFeatures.ProtocolFeatures | VirtioFeatures.RingPacked | 1;
    private const ulong Accepted = VirtioFeatures.Version1 | VirtioFeatures.EventIdx | VirtioFeatures.ProtocolFeatures | 1;

    private const ProtocolFeatures Full = ProtocolFeatures.Mq | ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq | ProtocolFeatures.Status
        | ProtocolFeatures.ConfigureMemSlots | ProtocolFeatures.ResetDevice | ProtocolFeatures.LogShmfd;

    [Fact]
    public void Everything_on_offer()
    {
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(Offered, Full).Start();
        using (FrontEndDevice device = FrontEndDevice.Attach(backEnd.FrontEnd, new FrontEndDeviceOptions { QueueSizes = [64, 128] }))
        {
            Assert.True(device.IsStarted);
            Assert.Equal((Offered, Accepted), (device.OfferedFeatures, device.Features));
            Assert.Equal((Full, Full & ~ProtocolFeatures.LogShmfd), (device.OfferedProtocolFeatures, device.ProtocolFeatures));
            Assert.Equal((2UL, 32UL), (device.MaxQueues!.Value, device.MaxMemorySlots));
            Assert.True(device.Queues[1].EventIdx);
            Assert.Equal(15UL, backEnd.Status);

            Assert.True(EventFd.Signal(backEnd.Received[FrontEndRequest.SetVringCall].Fd).IsSuccess);
            Assert.True(device.Queues[1].Notifier!.WaitForCall(TimeSpan.FromSeconds(5)));
            device.Queues[1].Kick();
            Assert.True(EventFd.Wait(backEnd.Received[FrontEndRequest.SetVringKick].Fd, 5000));
        }

        Assert.Equal(
            [
                "GET_FEATURES", "GET_PROTOCOL_FEATURES", "SET_PROTOCOL_FEATURES 1a029", "GET_QUEUE_NUM", "GET_MAX_MEM_SLOTS",
                "SET_BACKEND_REQ_FD +1", "SET_OWNER", "SET_FEATURES 160000001", "GET_STATUS", "SET_STATUS b", "GET_STATUS", "ADD_MEM_REG +1",
                "SET_VRING_NUM 4000000000", "SET_VRING_BASE 0", "SET_VRING_ADDR", "SET_VRING_KICK 0 +1", "SET_VRING_CALL 0 +1", "SET_VRING_ERR 0 +1",
                "SET_VRING_NUM 8000000001", "SET_VRING_BASE 1", "SET_VRING_ADDR", "SET_VRING_KICK 1 +1", "SET_VRING_CALL 1 +1", "SET_VRING_ERR 1 +1",
                "SET_VRING_ENABLE 100000000", "SET_VRING_ENABLE 100000001", "GET_STATUS", "SET_STATUS f",
            ],
            backEnd.Log());
    }

    [Fact]
    public void Nothing_on_offer()
    {
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(VirtioFeatures.Version1, ProtocolFeatures.None).Start();
        using (
            FrontEndDevice device = FrontEndDevice.Attach(
                backEnd.FrontEnd,
                new FrontEndDeviceOptions { Notifications = QueueNotifications.KickOnly, RingBase = 0xfff0 }))
        {
            Assert.Null(device.MaxQueues);
            Assert.Equal(8UL, device.MaxMemorySlots);
            Assert.False(device.Queues[0].EventIdx);
            Assert.False(device.Queues[0].Notifier!.CanWait);
            Assert.False(device.Queues[0].WaitForUsed(TimeSpan.FromMilliseconds(1)));
            Assert.Equal([0u], device.Stop());
        }

        Assert.Equal(
            [
                "GET_FEATURES", "SET_OWNER", "SET_FEATURES 100000000", "SET_MEM_TABLE +1", "SET_VRING_NUM 10000000000", "SET_VRING_BASE fff000000000",
                "SET_VRING_ADDR", "SET_VRING_KICK 0 +1", "SET_VRING_CALL 100", "SET_VRING_ERR 0 +1", "GET_VRING_BASE 0",
            ],
            backEnd.Log());
    }

    [Fact]
    public void Stop_restart_reset()
    {
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(
            Offered,
            ProtocolFeatures.ReplyAck | ProtocolFeatures.ResetDevice | ProtocolFeatures.Status)
        {
            Base = 5,
        }.Start();
        using FrontEndDevice device = FrontEndDevice.Attach(backEnd.FrontEnd);
        Assert.Equal([5u], device.Stop());
        Assert.False(device.IsStarted);
        device.Start();
        Assert.Throws<InvalidOperationException>(() => device.Start());
        device.Reset();
        Assert.Equal(0UL, backEnd.Status);
        device.EnableQueues(false);
        string[] expected =
        [
            "SET_VRING_ENABLE 0", "GET_VRING_BASE 0", "SET_STATUS 0", "RESET_DEVICE", "SET_VRING_ENABLE 0",
        ];
        Assert.Equal(expected, backEnd.Log().TakeLast(5));
    }

    [Fact]
    public void In_band()
    {
        const ProtocolFeatures inBand = ProtocolFeatures.InbandNotifications | ProtocolFeatures.BackendReq | ProtocolFeatures.ReplyAck;
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(Offered, inBand).Start();
        using FrontEndDevice device = FrontEndDevice.Attach(
            backEnd.FrontEnd, new FrontEndDeviceOptions { Notifications = QueueNotifications.InBand });
        QueueNotifier notifier = device.Queues[0].Notifier!;
        device.Queues[0].Kick();
        Assert.Equal((1L, true), (notifier.Kicks, notifier.CanWait));
        Assert.False(notifier.WaitForCall(TimeSpan.FromMilliseconds(1)));
        int channel = backEnd.Received[FrontEndRequest.SetBackendReqFd].Fd;
        FdMessage.Send(
            channel,
            FakeBackEnd.FromHex(
                "04000000 01000000 08000000 0000000000000000 05000000 01000000 08000000 0000000000000000"),
            default,
            out _);
        Assert.True(notifier.WaitForCall(TimeSpan.FromSeconds(5)));
        Assert.False(notifier.WaitForCall(TimeSpan.Zero));
        Assert.Equal((1UL, 0UL), (notifier.TakeCalls(), notifier.TakeCalls()));
        Assert.True(notifier.WaitForError(TimeSpan.FromSeconds(5)));
        Assert.False(notifier.WaitForError(TimeSpan.Zero));
        IReadOnlyList<string> log = backEnd.Log();
        Assert.Equal("VRING_KICK 0", log[^1]);
        Assert.DoesNotContain(log, entry => entry.StartsWith("SET_VRING_KICK", StringComparison.Ordinal));
    }

    [Fact]
    public void In_band_is_not_on_offer()
    {
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(Offered, ProtocolFeatures.InbandNotifications).Start();
        FrontEndException e = Assert.Throws<FrontEndException>(() =>
            FrontEndDevice.Attach(backEnd.FrontEnd, new FrontEndDeviceOptions { Notifications = QueueNotifications.InBand }));
        Assert.Equal(FrontEndFailure.NotOffered, e.Failure);
    }

    [Fact]
    public void Too_many_queues()
    {
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(Offered, Full).Start();
        FrontEndException e = Assert.Throws<FrontEndException>(
            () => FrontEndDevice.Attach(backEnd.FrontEnd, new FrontEndDeviceOptions { QueueSizes = [1, 1, 1] }));
        Assert.Equal("the back-end has 2 queues, 3 are wanted", e.Message);
    }

    [Fact]
    public void A_refusal_ends_the_start()
    {
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(Offered, Full) { Refused = { FrontEndRequest.SetVringAddr } }.Start();
        FrontEndException e = Assert.Throws<FrontEndException>(() => FrontEndDevice.Attach(backEnd.FrontEnd));
        Assert.Equal((FrontEndFailure.Refused, FrontEndRequest.SetVringAddr), (e.Failure, e.Request!.Value));
        Assert.Equal("SET_VRING_ADDR", backEnd.Log()[^1]);
    }

    [Fact]
    public void Features_that_the_device_cannot_live_with()
    {
        using ScriptedBackEnd backEnd = new(Offered, ProtocolFeatures.Status);
        backEnd.Answers[FrontEndRequest.GetStatus] = _ => ScriptedBackEnd.U64(0);
        FrontEndException e = Assert.Throws<FrontEndException>(() => FrontEndDevice.Attach(backEnd.Start().FrontEnd));
        Assert.Equal("the back-end does not accept the features 160000001", e.Message);
    }

    [Fact]
    public void Memory_comes_and_goes()
    {
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(Offered, Full).Start();
        using FrontEndMemory memory = new([new RegionLayout(0, 1 << 20), new RegionLayout(1 << 30, 1 << 20)]);
        using FrontEndDevice device = FrontEndDevice.Attach(backEnd.FrontEnd, new FrontEndDeviceOptions { Memory = memory });
        memory.RemoveRegion(memory.Regions[1]);
        memory.AddRegion(new RegionLayout(1 << 30, 1 << 21));
        device.UpdateMemory();
        Assert.Equal(["REM_MEM_REG", "ADD_MEM_REG +1"], backEnd.Log().TakeLast(2));
    }

    [Fact]
    public void Carries_on_with_another_back_end()
    {
        using ScriptedBackEnd first = new ScriptedBackEnd(Offered, Full).Start();
        using ScriptedBackEnd second = new ScriptedBackEnd(Offered, Full).Start();
        using ScriptedBackEnd lesser = new ScriptedBackEnd(Offered & ~VirtioFeatures.EventIdx, Full).Start();
        using FrontEndDevice device = FrontEndDevice.Attach(first.FrontEnd, new FrontEndDeviceOptions { RingBase = 3 });
        DriverQueue queue = device.Queues[0];
        queue.Add(DriverBuffer.Writable(0x4000_0000, 1));
        device.Reattach(second.FrontEnd);
        Assert.Equal(1, queue.InFlight);
        Assert.Same(queue, device.Queues[0]);
        Assert.Equal(FrontEndFailure.NotOffered, Assert.Throws<FrontEndException>(() => device.Reattach(lesser.FrontEnd)).Failure);
        Assert.Contains("SET_VRING_BASE 300000000", second.Log());
    }
}
