// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// VIRTIO_F_RING_RESET: a driver resets one queue and sets it up anew, with another size and in another place, while the
/// others run. A front-end says it with what it has: SET_VRING_ENABLE 0, GET_VRING_BASE, and a new set-up.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class RingResetTests : LeakChecked
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_queue_is_reset_and_comes_back_elsewhere_while_the_other_works(bool packed)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(2) { CompletesOnStop = true });
        using FrontEndDevice front = backEnd.Attach(Options(packed));
        Assert.Equal(VirtioFeatures.RingReset, front.Features & VirtioFeatures.RingReset);
        DriverQueue former = front.Queues[0];
        DriverQueue other = front.Queues[1];
        ushort running = front.Post(1, 4).Id;
        for (ushort size = 8; size <= 64; size *= 2)
        {
            front.Post(0, 4);
            front.Post(0, 4);
            backEnd.Until(d => d.Held.Count == 3, "requests taken");
            front.Connection.SetVringEnable(0, false).ThrowIfNegative();
            _ = front.Connection.GetVringBase(0);
            Assert.Equal([1], backEnd.With(d => d.Held.Select(h => h.Queue.Index).ToArray()));

            using DriverQueue queue = packed
                ? new PackedDriverQueue(front.Memory, 0, (ushort)(size - 1), former.EventIdx)
                : new SplitDriverQueue(front.Memory, 0, size, former.EventIdx);
            front.StartQueue(queue);
            front.Connection.SetVringEnable(0, true).ThrowIfNegative();
            for (int i = 0; i < 3 * size; i++)
            {
                ushort id = queue.Add(DriverBuffer.Writable(front.Memory.Regions[0].GuestAddress + 0x80000, 4));
                queue.Submit();
                backEnd.Until(d => d.Held.Count == 2, "request of the new ring taken");
                backEnd.With(d => d.Complete(1));
                Assert.Equal(new UsedChain(id, 4), queue.Take());
            }

            front.Connection.SetVringEnable(0, false).ThrowIfNegative();
            _ = front.Connection.GetVringBase(0);
            queue.Notifier!.Dispose();
            former.Reset();
            front.StartQueue(former);
            front.Connection.SetVringEnable(0, true).ThrowIfNegative();
        }

        Assert.Equal(0, backEnd.With(d => d.Journal.Count("reset")));
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("stopping 1")));
        backEnd.With(d => d.Complete(0));
        Assert.Equal(new UsedChain(running, 4), other.Take());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_broken_queue_is_reset_alone(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(Options(packed));
        Break(front);
        Assert.True(front.Queues[0].Notifier!.WaitForError(LoopThread.Patience));
        Assert.Equal([1], front.Request(1, [1], 4));
        front.Connection.SetVringEnable(0, false).ThrowIfNegative();
        _ = front.Connection.GetVringBase(0);
        front.Queues[0].Reset();
        front.StartQueue(front.Queues[0]);
        front.Connection.SetVringEnable(0, true).ThrowIfNegative();
        Assert.Equal([2], front.Request(0, [2], 4));
        Assert.Equal([3], front.Request(1, [3], 4));
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("reset")));
    }

    private static unsafe void Break(FrontEndDevice front)
    {
        if (front.IsPacked)
        {
            for (int i = 0; i < 16; i++)
                Volatile.Write(ref front.Packed(0).Ring[i].Flags, 0x81);
        }
        else
        {
            Volatile.Write(ref *front.Split(0).AvailableIndex, 1000);
        }

        front.Queues[0].Kick();
    }

    private static FrontEndDeviceOptions Options(bool packed)
    {
        FrontEndDeviceOptions options = TestOptions.Queues(2);
        options = options with { Features = options.Features | VirtioFeatures.RingReset };
        return packed ? options.Packed() : options;
    }
}
