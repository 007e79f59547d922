// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// User Mode Linux never sends GET_VRING_BASE: a driver leaves with ENABLE 0, and the next one brings new rings that
/// begin at 0.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class DriverRebindTests : LeakChecked
{
    [Fact]
    public void A_driver_may_be_bound_again_with_new_rings()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(queues: 2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        for (int round = 0; round < 3; round++)
        {
            for (byte i = 0; i < 20; i++)
                Assert.Equal([i], front.Request(i & 1, [i], 4));
            Rebind(front);
        }
    }

    [Fact]
    public void Requests_that_the_former_driver_left_behind_never_reach_the_new_one()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(2) { Cancels = true }, TimeSpan.FromMilliseconds(50));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        for (int i = 0; i < 4; i++)
            front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 4, "requests taken");
        backEnd.With(d => d.Complete(2));
        Rebind(front);
        Assert.Equal(0, backEnd.With(d => d.Held.Count));
        (_, ulong address) = front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request of the new driver");
        backEnd.With(d => d.Complete(0, 0x11));
        Assert.Equal(new UsedChain(0, 4), front.Queues[0].Take());
        Assert.Equal(0x11, front.Memory.Span(address, 1)[0]);
        Assert.False(front.Queues[0].HasUsed);
        Assert.Equal(0, backEnd.With(d => d.Held.Count));
    }

    [Fact]
    public void A_disabled_ring_keeps_what_is_in_flight_and_goes_on()
    {
        // A front-end that negotiated this has no wait when it disables.
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small.Suspending());
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.EnableQueues(false);
        front.Post(0, 4);
        front.Queues[0].Kick();
        backEnd.With(d => d.Complete(0));
        Assert.Equal(0, front.Queues[0].Take().Id);
        Assert.Equal(0, backEnd.With(d => d.Held.Count));
        front.EnableQueues(true);
        backEnd.Until(d => d.Held.Count == 1, "what came while the ring was disabled");
        backEnd.With(d => d.Complete(0));
        Assert.Equal(1, front.Queues[0].Take().Id);
    }

    // The order of arch/um/drivers/virtio_uml.c.
    private static void Rebind(FrontEndDevice front)
    {
        foreach (DriverQueue queue in front.Queues.Reverse())
            front.Connection.SetVringEnable((uint)queue.Index, false).ThrowIfNegative();
        _ = front.Connection.GetFeatures();
        front.Connection.SetMemTable(front.Memory).ThrowIfNegative();
        foreach (DriverQueue queue in front.Queues)
        {
            uint index = (uint)queue.Index;
            queue.Reset();
            queue.Notifier!.Dispose();
            queue.Notifier = new EventFdNotifier();
            front.Connection.SetVringCall(index, queue.Notifier.CallFd).ThrowIfNegative();
            front.Connection.SetVringNum(index, queue.Size).ThrowIfNegative();
            front.Connection.SetVringBase(index, 0).ThrowIfNegative();
            front.Connection.SetVringAddr(queue.RingAddress).ThrowIfNegative();
        }

        foreach (DriverQueue queue in front.Queues)
        {
            front.Connection.SetVringKick((uint)queue.Index, queue.Notifier!.KickFd).ThrowIfNegative();
            front.Connection.SetVringEnable((uint)queue.Index, true).ThrowIfNegative();
        }
    }
}
