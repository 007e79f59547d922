// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Gpio;
using VhostDevice.Devices.Gpio;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>Reading and driving lines leaves nothing for the garbage collector, the simulated chip included.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : LeakChecked
{
    [Theory]
    [InlineData(false, 1, 10_000)]
    [InlineData(false, 16, 100_000)]
    [InlineData(true, 1, 5_000)]
    [InlineData(true, 16, 50_000)]
    public void No_byte_is_allocated_however_many_requests_there_are(bool mayWait, int depth, int requests)
    {
        using Board board = new("test");
        using MeasuredChip chip = new(new SimulatedGpioChip(board, "chip", ["", ""]), mayWait);
        RecordingLogger log = new();
        using TestBackEnd<GpioDevice> backEnd = new(() => new GpioDevice(chip, GpioLineChoice.All(chip), "test", log));
        using FrontEndDevice guest = backEnd.Attach(GpioFixture.Options);
        Assert.Equal(GpioFixture.Ok, guest.Request(0, GpioFixture.Message(5, 0, 1), 2));
        Assert.Equal(GpioFixture.Ok, guest.Request(0, GpioFixture.Message(3, 0, GpioFixture.Out), 2));
        ulong at = guest.Memory.Allocate(64);
        guest.Memory.Write(at, GpioFixture.Message(4, 0, 0));
        guest.Memory.Write(at + 16, GpioFixture.Message(5, 0, 1));
        guest.Memory.Write(at + 32, GpioFixture.Message(5, 0, 0));
        Run(guest, at, depth, 5_000);
        Assert.Equal(0, Allocations.Least(backEnd.Thread, () => Run(guest, at, depth, requests)));
    }

    private static void Run(FrontEndDevice guest, ulong at, int depth, int requests)
    {
        DriverQueue queue = guest.Queues[0];
        int sent = 0;
        for (int done = 0; done < requests;)
        {
            while (sent < requests && queue.InFlight < depth)
            {
                queue.Add(DriverBuffer.Readable(at + ((ulong)(sent % 3) * 16), 8), DriverBuffer.Writable(at + 48, 2));
                sent++;
            }

            queue.Submit();
            if (!queue.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException();
            while (queue.TryPop(out UsedChain used))
            {
                Assert.Equal(2u, used.Length);
                done++;
            }
        }
    }
}
