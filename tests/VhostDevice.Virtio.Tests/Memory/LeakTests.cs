// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Memory;

/// <summary>Real mappings come and go under a running queue: afterwards the kernel knows none of them any more.</summary>
public sealed unsafe class LeakTests
{
    private const string Name = "virtio-leak-test";
    private const ulong Size = 0x10000;
    private const ulong Plugged = 0x100000;
    private const int Changes = 1000;

    [Fact]
    public void A_thousand_changes_of_the_table_leave_no_mapping()
    {
        Assert.True(MemFd.Create(Name, Size, out OwnedFd? file).IsSuccess);
        GuestRegion low = Map(file!, 0);
        GuestMemory memory = Snapshot(low);
        DriverLayout ring = new(low.Host);
        RecordingOwner owner = new();
        Assert.True(SplitVirtqueue.TryCreate(0, 4, DriverLayout.Addresses, 0, default, memory, owner, out SplitVirtqueue? queue, out _));
        for (int i = 0; i < Changes; i++)
        {
            GuestRegion plugged = Map(file!, Plugged);
            memory = Change(queue!, memory, Snapshot(low, plugged));
            ring.Offer(Plugged + 0x8000);
            queue!.BeginTurn(1);
            Assert.True(queue.TryPop(out DescriptorChain? chain));
            // Unplugged while the request is out: it keeps its mapping, and only its own.
            memory = Change(queue, memory, Snapshot(low));
            if (i % 100 == 0)
                Assert.Equal(2, Mappings());
            Assert.True(chain.Writer().TryWrite(i));
            queue.Complete(chain, 4);
            _ = queue.Publish();
            if (i % 100 == 0)
                Assert.Equal(1, Mappings());
            Assert.Equal(i, *(int*)(low.Host + 0x8000)); // the same file
        }

        queue!.Stop();
        memory.Release();
        file!.Dispose();
        Assert.Equal(0, Mappings());
    }

    private static int Mappings() => File.ReadLines("/proc/self/maps").Count(static line => line.Contains(Name, StringComparison.Ordinal));

    private static GuestRegion Map(OwnedFd file, ulong guestAddress)
    {
        Assert.True(MemoryMapping.Map(file.Fd, 0, Size, 0, out MemoryMapping? mapping).IsSuccess);
        return new GuestRegion(guestAddress, guestAddress, mapping!.Address, Size, mapping);
    }

    private static GuestMemory Snapshot(params GuestRegion[] regions)
    {
        Assert.True(GuestMemory.TryCreate(regions, out GuestMemory memory, out string problem), problem);
        return memory;
    }

    private static GuestMemory Change(SplitVirtqueue queue, GuestMemory old, GuestMemory next)
    {
        Assert.True(queue.TryChangeMemory(next));
        old.Release();
        return next;
    }

    /// <summary>A ring of 4 at address 0, of which only head 0 is used.</summary>
    private sealed class DriverLayout(byte* ring)
    {
        private ushort _next;

        public static RingAddresses Addresses => new(0, 0x100, 0x200);

        public void Offer(ulong buffer)
        {
            *(SplitDescriptor*)ring = new SplitDescriptor { Address = buffer, Length = 4, Flags = DescriptorFlags.Write };
            Volatile.Write(ref *(ushort*)(ring + 0x102), ++_next);
        }
    }
}
