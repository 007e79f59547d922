// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>The whole way of a read, kick to interrupt, leaves nothing for the garbage collector.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : LeakChecked
{
    [Theory]
    [InlineData("/dev/shm", false)]
    [InlineData("/dev/shm", true)]
    [InlineData("/var/tmp", false)]
    public void No_byte_is_allocated_however_many_requests_there_are(string folder, bool mapped)
    {
        using StandInGuard? guard = mapped ? new StandInGuard() : null;
        string path = Path.Combine(folder, $"scsi-allocation-{Environment.ProcessId}");
        File.WriteAllBytes(path, new byte[1 << 20]);
        try
        {
            Assert.SkipWhen(RingEngine.Create(out RingEngine? engine).IsError, "no io_uring here");
            FileStore store = FileStore.Open(path, default, engine!, out _)!;
            using ScsiFixture fixture = new(store, engine);
            using FrontEndDevice guest = fixture.Attach();
            ulong at = guest.Memory.Allocate(8192);
            guest.Memory.Write(at, ScsiGuest.Head("28 00 00000008 00 0008 00", "0100000000000000", 0));
            Run(guest, at, 10_000);
            Assert.Equal(0, Allocations.Least(fixture.BackEnd.Thread, () => Run(guest, at, 50_000)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Run(FrontEndDevice guest, ulong at, int requests)
    {
        DriverQueue queue = guest.Queues[2];
        int sent = 0;
        for (int done = 0; done < requests;)
        {
            for (; sent < requests && queue.InFlight < 16; sent++)
                queue.Add(DriverBuffer.Readable(at, 51), DriverBuffer.Writable(at + 64, 108), DriverBuffer.Writable(at + 4096, 4096));
            queue.Submit();
            if (!queue.WaitForUsed(LoopThread.Patience))
                throw new TimeoutException();
            while (queue.TryPop(out UsedChain used))
            {
                Assert.Equal(108u + 4096, used.Length);
                done++;
            }
        }
    }
}
