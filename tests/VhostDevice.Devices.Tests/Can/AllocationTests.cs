// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Frames from one guest to another leave nothing for the garbage collector.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : LeakChecked
{
    private const int Room = 96;

    [Theory]
    [InlineData(1, 5_000)]
    [InlineData(8, 50_000)]
    public void No_byte_is_allocated_however_many_frames_there_are(int depth, int frames)
    {
        SimulatedCanBus bus = new("a");
        using LoopThread thread = new();
        using CanGuest sender = new(bus, shared: thread), receiver = new(bus, shared: thread);
        sender.Start();
        receiver.Start();
        ulong from = sender.Front.Memory.Allocate(32);
        sender.Front.Memory.Write(from, CanGuest.Frame(1, new byte[8]));
        ulong to = receiver.Front.Memory.Allocate(Room * CanGuest.Size);
        for (uint i = 0; i < CanGuest.Size; i++)
            receiver.Front.Queues[1].Add(DriverBuffer.Writable(to + (i * Room), 80));
        receiver.Front.Queues[1].Submit();
        Run(sender, receiver, from, to, depth, 5_000);
        Assert.Equal(0, Allocations.Least(thread, () => Run(sender, receiver, from, to, depth, frames)));
    }

    private static void Run(CanGuest sender, CanGuest receiver, ulong from, ulong to, int depth, int frames)
    {
        DriverQueue transmit = sender.Front.Queues[0], receive = receiver.Front.Queues[1];
        int sent = 0;
        for (int done = 0; done < frames;)
        {
            while (sent < frames && sent - done < depth)
            {
                transmit.Add(DriverBuffer.Readable(from, 24), DriverBuffer.Writable(from + 24, 1));
                sent++;
            }

            transmit.Submit();
            if (!receive.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException();
            while (receive.TryPop(out UsedChain used))
            {
                Assert.Equal(24u, used.Length);
                receive.Add(DriverBuffer.Writable(to, 80));
                done++;
            }

            receive.Submit();
            while (transmit.TryPop(out _))
            {
            }
        }

        while (transmit.InFlight > 0)
            _ = transmit.Take();
    }
}
