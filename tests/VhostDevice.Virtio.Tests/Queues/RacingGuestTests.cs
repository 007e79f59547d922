// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Runtime.CompilerServices;
using VhostDevice.Fuzz;
using VhostDevice.Linux;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Litmus;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>
/// A guest that rewrites its rings on another processor while the device reads them: whatever was checked must be what
/// is used (a second fetch would touch a guard page and end the process).
/// </summary>
[Collection(Alone.Name)]
public sealed unsafe class RacingGuestTests
{
    private const int Size = 16;
    private const int Bytes = 0x2000;
    private const int TableAt = 0x1000;
    private static readonly TimeSpan s_time = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly RingAddresses s_addresses = new(0, 0x200, 0x300);

    [Theory, CombinatorialModes]
    public void Nothing_outside_of_memory_is_ever_described(bool eventIdx)
    {
        using GuardedMemory memory = new(Bytes);
        GuestRegion region = new(0, 0, memory.Address, Bytes, null);
        Assert.True(GuestMemory.TryCreate([region], out GuestMemory snapshot, out _));
        bool stop = false;
        Thread guest = new(() =>
        {
            Processors.Pin(Processors.Allowed[^1]);
            Rewrite(memory.Address, ref stop);
        })
        { IsBackground = true };
        guest.Start();
        long chains = 0;
        long start = Stopwatch.GetTimestamp();
        // On a busy machine the guest may not get a processor for a while.
        while (Stopwatch.GetElapsedTime(start) is { } elapsed && (elapsed < s_time || (chains < 100 && elapsed < s_patience)))
        {
            // A ring that breaks is started anew.
            RecordingOwner owner = new();
            ushort available = Volatile.Read(ref *(ushort*)(memory.Address + s_addresses.Driver + 2));
            Volatile.Write(ref *(ushort*)(memory.Address + s_addresses.Device + 2), available);
            Assert.True(SplitVirtqueue.TryCreate(
                0, Size, s_addresses, available, new RingFeatures(eventIdx, true, false), snapshot, owner, out SplitVirtqueue? queue, out _));
            chains += Serve(queue!, memory);
            queue!.Stop();
        }

        Volatile.Write(ref stop, true);
        Assert.True(guest.Join(s_patience));
        Assert.True(chains >= 100, $"only {chains} chains were good enough to race for");
    }

    private static long Serve(SplitVirtqueue queue, GuardedMemory memory)
    {
        long chains = 0;
        for (int turn = 0; turn < 1000 && !queue.IsBroken; turn++)
        {
            if (!queue.HasUnseen)
                _ = Thread.Yield(); // the guest may have no processor
            queue.BeginTurn(64);
            while (queue.TryPop(out DescriptorChain? chain))
            {
                chains++;
                AssertInside(memory, chain.Readable);
                AssertInside(memory, chain.Writable);
                ChainReader reader = chain.Reader();
                _ = reader.TryRead(out ulong _);
                queue.Complete(chain, 0);
            }

            _ = queue.Publish();
            _ = queue.RequestKicks();
        }

        return chains;
    }

    private static void AssertInside(GuardedMemory memory, ReadOnlySpan<IoVec> pieces)
    {
        foreach (ref readonly IoVec piece in pieces)
        {
            ulong offset = (ulong)(piece.Base - memory.Address);
            if (offset >= Bytes || piece.Length > Bytes - offset)
                Assert.Fail("a piece lies outside of the guest's memory");
        }
    }

    /// <summary>Good and bad values take turns, as fast as possible.</summary>
    private static void Rewrite(byte* memory, ref bool stop)
    {
        ReadOnlySpan<uint> lengths = [16, 32, 0x1000, 17, 0, uint.MaxValue];
        ReadOnlySpan<ulong> addresses = [0x800, TableAt, Bytes - 16, Bytes, ulong.MaxValue - 15, 1UL << 40];
        ReadOnlySpan<ushort> successors = [0, 1, 5, 15, 16, 0xffff];
        Random random = new(1);
        ref ushort index = ref *(ushort*)(memory + s_addresses.Driver + 2);
        ref ushort used = ref *(ushort*)(memory + s_addresses.Device + 2);
        while (!Volatile.Read(ref stop))
        {
            SplitDescriptor d = new()
            {
                Address = addresses[random.Next(random.Next(1, 7))],
                Length = lengths[random.Next(random.Next(1, 7))],
                Flags = (DescriptorFlags)random.Next(8),
                Next = successors[random.Next(random.Next(1, 7))],
            };
            int at = random.Next(2) == 0 ? random.Next(Size) * 16 : TableAt + (random.Next(4) * 16);
            Unsafe.WriteUnaligned(memory + at, d);
            int slot = random.Next(Size);
            Unsafe.WriteUnaligned(memory + s_addresses.Driver + 4 + (2 * slot), (ushort)random.Next(random.Next(4) == 0 ? 0x10000 : Size));
            // Mostly as far ahead as is allowed, so that the ring does not break all the time.
            if ((ushort)(index - Volatile.Read(ref used)) < Size - 2 || random.Next(2000) == 0)
                Volatile.Write(ref index, (ushort)(index + random.Next(random.Next(500) == 0 ? 0x10000 : 3)));
        }
    }
}
