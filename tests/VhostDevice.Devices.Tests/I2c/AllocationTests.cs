// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>Transfers leave nothing for the garbage collector, on the loop's thread.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : LeakChecked
{
    [Theory]
    [InlineData(false, 1, 10_000)]
    [InlineData(false, 16, 100_000)]
    [InlineData(true, 1, 5_000)]
    [InlineData(true, 16, 50_000)]
    public void No_byte_is_allocated_however_many_transfers_there_are(bool mayBlock, int depth, int transfers)
    {
        using QuietBus bus = new(mayBlock);
        using Devices.I2c.I2cBusSet set = new([bus]);
        Devices.I2c.I2cStatistics statistics = new(set);
        RecordingLogger log = new();
        using TestBackEnd<Devices.I2c.I2cDevice> backEnd = new(() => new Devices.I2c.I2cDevice(set, statistics, log));
        using FrontEndDevice guest = backEnd.Attach(I2cFixture.Options);
        ulong at = guest.Memory.Allocate(64);
        guest.Memory.Write(at, [.. I2cGuest.Header(0x50, I2cGuest.FailNext), 1, 2, 3, 4, 5, 6, 7, 8, .. I2cGuest.Header(0x50, I2cGuest.Read)]);
        Run(guest, at, depth, 5_000);
        Assert.Equal(0, Allocations.Least(backEnd.Thread, () => Run(guest, at, depth, transfers)));
    }

    // A write of 8 bytes in two pieces, so that it is copied, and a read of 4.
    private static void Run(FrontEndDevice guest, ulong at, int depth, int transfers)
    {
        DriverQueue queue = guest.Queues[0];
        int sent = 0;
        for (int done = 0; done < 2 * transfers;)
        {
            while (sent < transfers && queue.InFlight < 2 * depth)
            {
                queue.Add(DriverBuffer.Readable(at, 12), DriverBuffer.Readable(at + 12, 4), DriverBuffer.Writable(at + 40, 1));
                queue.Add(DriverBuffer.Readable(at + 16, 8), DriverBuffer.Writable(at + 48, 4), DriverBuffer.Writable(at + 52, 1));
                sent++;
            }

            queue.Submit();
            if (!queue.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException();
            while (queue.TryPop(out UsedChain used))
            {
                Assert.True(used.Length is 1 or 5);
                done++;
            }
        }
    }

    private sealed class QuietBus(bool mayBlock) : Devices.I2c.II2cBus
    {
        public string Name => "i2c-quiet";

        public bool MayBlock => mayBlock;

        public bool HasAddress(ushort address, bool tenBit) => !tenBit;

        public int Transfer(ReadOnlySpan<Linux.I2cMessage> messages, out Linux.Errno errno)
        {
            errno = Linux.Errno.Success;
            foreach (ref readonly Linux.I2cMessage message in messages)
            {
                if (message.IsRead)
                    message.Data.Fill(0x5a);
            }

            return messages.Length;
        }

        public void Dispose()
        {
        }
    }
}
