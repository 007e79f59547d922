// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>Bytes leave nothing for the garbage collector.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : LeakChecked
{
    [Theory]
    [InlineData(1, 5_000)]
    [InlineData(16, 50_000)]
    public void No_byte_is_allocated_however_much_the_guest_writes(int depth, int buffers)
    {
        using ConsoleGuest guest = new(1, ends: new NullEnd());
        guest.Open(0);
        ulong at = guest.Front.Memory.Allocate(64);
        Run(1000);
        Assert.Equal(0, Allocations.Least(guest.Thread, () => Run(buffers)));

        void Run(int count)
        {
            DriverQueue queue = guest.Front.Queues[1];
            int sent = 0;
            for (int done = 0; done < count;)
            {
                while (sent < count && sent - done < depth)
                {
                    queue.Add(DriverBuffer.Readable(at, 64));
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
}
