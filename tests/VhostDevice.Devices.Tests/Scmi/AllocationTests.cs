// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

/// <summary>Reading a sensor leaves nothing for the garbage collector.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : LeakChecked
{
    [Theory]
    [InlineData(1, 5_000)]
    [InlineData(8, 50_000)]
    public void No_byte_is_allocated_however_often_a_sensor_is_read(int depth, int reads)
    {
        using LoopThread thread = new();
        using ScmiFixture scmi = new([new FakeSensor("fake")], shared: thread);
        _ = scmi.Ask(ScmiFixture.Sensor, 0xa, 0, 3);
        ulong at = scmi.Guest.Memory.Allocate(256);
        scmi.Guest.Memory.Write(at, ScmiFixture.Command(ScmiFixture.Sensor, 6, 0, 0));
        Run(scmi.Guest.Queues[0], at, depth, 5_000);
        Assert.Equal(0, Allocations.Least(thread, () => Run(scmi.Guest.Queues[0], at, depth, reads)));
    }

    private static void Run(DriverQueue queue, ulong at, int depth, int reads)
    {
        int sent = 0;
        for (int done = 0; done < reads;)
        {
            while (sent < reads && sent - done < depth)
            {
                queue.Add(DriverBuffer.Readable(at, 12), DriverBuffer.Writable(at + 64, 64));
                sent++;
            }

            queue.Submit();
            if (!queue.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException();
            while (queue.TryPop(out UsedChain used))
            {
                Assert.Equal(56u, used.Length);
                done++;
            }
        }
    }
}
