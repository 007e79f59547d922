// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Spi;
using VhostDevice.Devices.Tests.I2c;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Spi;

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
        using QuietController controller = new(mayBlock);
        SpiStatistics statistics = new(controller);
        RecordingLogger log = new();
        using TestBackEnd<SpiDevice> backEnd = new(() => new SpiDevice(statistics, log));
        using FrontEndDevice guest = backEnd.Attach(I2cFixture.Options);
        ulong at = guest.Memory.Allocate(256);
        guest.Memory.Write(at, SpiGuest.Head());
        Run(guest, at, depth, 5_000);
        Assert.Equal(0, Allocations.Least(backEnd.Thread, () => Run(guest, at, depth, transfers)));
    }

    // 64 bytes both ways.
    private static void Run(FrontEndDevice guest, ulong at, int depth, int transfers)
    {
        DriverQueue queue = guest.Queues[0];
        int sent = 0;
        for (int done = 0; done < transfers;)
        {
            for (; sent < transfers && queue.InFlight < depth; sent++)
            {
                queue.Add(
                    DriverBuffer.Readable(at, 32),
                    DriverBuffer.Readable(at + 32, 64),
                    DriverBuffer.Writable(at + 96, 64),
                    DriverBuffer.Writable(at + 160, 1));
            }

            queue.Submit();
            if (!queue.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException();
            while (queue.TryPop(out UsedChain used))
            {
                Assert.Equal(65u, used.Length);
                done++;
            }
        }
    }

    private sealed class QuietController(bool mayBlock) : ISpiController
    {
        public string Name => "spi-quiet";

        public SpiAbilities Abilities { get; } = new() { ChipSelects = 1 };

        public int MaxLength => 4096;

        public HostCalls? Calls { get; } = mayBlock ? new HostCalls("spi-quiet") : null;

        public Errno Transfer(SpiTransfer transfer)
        {
            transfer.Sent.CopyTo(transfer.Received);
            return Errno.Success;
        }

        public void Leave(object guest)
        {
        }

        public void Dispose() => Calls?.Dispose();
    }
}
