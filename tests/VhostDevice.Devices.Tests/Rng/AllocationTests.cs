// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Rng;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Rng;

/// <summary>The whole way of a request, kick to interrupt, leaves nothing for the garbage collector.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : LeakChecked
{
    [Theory]
    [InlineData(64, 1_000_000, true)]
    [InlineData(64, 200_000, false)]
    [InlineData(1, 20_000, true)]
    [InlineData(1, 20_000, false)]
    public void No_byte_is_allocated_however_many_requests_there_are(int depth, int requests, bool useVdso)
    {
        using KernelEntropySource source = RngFixture.Kernel(useVdso);
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source);
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options with { QueueSizes = [128] });
        ulong at = guest.Memory.Allocate(64);
        Run(guest, at, depth, 10_000);
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
                queue.Add(DriverBuffer.Writable(at, 64));
                sent++;
            }

            queue.Submit();
            if (!queue.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException();
            while (queue.TryPop(out _))
                done++;
        }
    }
}
