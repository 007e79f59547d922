// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Program.Tests.Hostile;

/// <summary>
/// What no driver would put into its rings. A malformed chain comes back empty and the queue goes on; a ring that cannot
/// be believed at all is reported and rests; either way the next guest does not notice.
/// </summary>
public sealed unsafe class RingTests(Survivor daemon) : IClassFixture<Survivor>
{
    private const DescriptorFlags Next = DescriptorFlags.Next;
    private const DescriptorFlags Write = DescriptorFlags.Write;
    private const DescriptorFlags Indirect = DescriptorFlags.Indirect;

    // Given the address of some memory, the descriptors from 0 on; what points at 1 MiB or beyond is outside.
    private static readonly Dictionary<string, Func<ulong, SplitDescriptor[]>> s_chains = new()
    {
        ["its own successor"] = at => [Make(at, 8, Next | Write, 0)],
        ["a loop of two"] = at => [Make(at, 8, Next | Write, 1), Make(at, 8, Next | Write, 0)],
        ["a loop of empty ones"] = at => [Make(at, 0, Next | Write, 1), Make(at, 0, Next | Write, 0)],
        ["a successor outside of the table"] = at => [Make(at, 8, Next | Write, 64)],
        ["a successor far outside"] = at => [Make(at, 8, Next | Write, 0xffff)],
        ["a buffer outside of memory"] = _ => [Make(0, 8, Write)],
        ["a buffer that leaves memory"] = at => [Make(at, 2 << 20, Write)],
        ["a buffer of 4 GiB"] = at => [Make(at, uint.MaxValue, Write)],
        ["a buffer that wraps around"] = _ => [Make(ulong.MaxValue - 7, 0x1000, Write)],
        ["readable after writable"] = at => [Make(at, 8, Next | Write, 1), Make(at, 8, 0)],
        ["only empty buffers"] = at => [Make(at, 0, Next | Write, 1), Make(at, 0, Write)],
        ["only readable buffers"] = at => [Make(at, 8, 0)],
        ["a table of 0 bytes"] = at => [Make(at, 0, Indirect)],
        ["a table of 17 bytes"] = at => [Make(at, 17, Indirect)],
        ["a table of 4 GiB"] = at => [Make(at, 0xffff_fff0, Indirect)],
        ["a table outside of memory"] = _ => [Make(0, 16, Indirect)],
        ["a table that wraps around"] = _ => [Make(ulong.MaxValue - 15, 32, Indirect)],
        ["a table with a successor"] = at => [Make(at, 16, Indirect | Next, 1), Make(at, 8, Write)],
    };

    public static TheoryData<string> Chains => [.. s_chains.Keys];

    [Theory]
    [MemberData(nameof(Chains))]
    public void A_malformed_chain_comes_back_empty(string kind)
    {
        using (Guest guest = Guest.Connect(daemon.Socket))
        {
            Offer(guest, s_chains[kind](guest.Room));
            WaitForUsed(guest, 1);
            Assert.Equal(0u, guest.Queue.UsedRing[0].Length);
            // The queue goes on.
            Offer(guest, [Make(guest.Room, 8, Write)]);
            WaitForUsed(guest, 2);
            Assert.Equal(8u, guest.Queue.UsedRing[1].Length);
        }

        daemon.AssertUnharmed();
    }

    [Fact]
    public void A_table_within_a_table_or_a_loop_in_one_comes_back_empty()
    {
        using (Guest guest = Guest.Connect(daemon.Socket))
        {
            SplitDescriptor* table = (SplitDescriptor*)guest.Device.Memory.Pointer(guest.Room, 4096);
            table[0] = Make(guest.Room + 1024, 16, Indirect);
            table[64] = Make(guest.Room + 2048, 8, Write);
            Offer(guest, [Make(guest.Room, 16, Indirect)]);
            WaitForUsed(guest, 1);
            table[0] = Make(guest.Room + 2048, 8, Write | Next, 0);
            Offer(guest, [Make(guest.Room, 16, Indirect)]);
            WaitForUsed(guest, 2);
            table[0] = Make(guest.Room + 2048, 8, Write | Next, 9);
            Offer(guest, [Make(guest.Room, 16, Indirect)]);
            WaitForUsed(guest, 3);
            for (int i = 0; i < 3; i++)
                Assert.Equal(0u, guest.Queue.UsedRing[i].Length);
        }

        daemon.AssertUnharmed();
    }

    [Theory]
    [InlineData(65)]
    [InlineData(0x8000)]
    [InlineData(0xffff)]
    public void An_index_that_jumps_is_reported(int by)
    {
        using (Guest guest = Guest.Connect(daemon.Socket))
        {
            Assert.Equal(8, guest.Ask(8).Length);
            *guest.Queue.AvailableIndex += (ushort)by;
            guest.Queue.Kick();
            Assert.True(guest.Queue.Notifier!.WaitForError(Patience.Time), "The ring was not reported as broken.");
            // Messages are still answered, and the ring can be set up anew.
            guest.Device.Reset();
            guest.Device.Start();
            Assert.Equal(8, guest.Ask(8).Length);
        }

        daemon.AssertUnharmed();
    }

    [Fact]
    public void A_head_outside_of_the_table_is_passed_over()
    {
        using (Guest guest = Guest.Connect(daemon.Socket))
        {
            guest.Queue.AvailableRing[0] = 64;
            guest.Queue.AvailableRing[1] = 0xffff;
            *guest.Queue.AvailableIndex = 2;
            Offer(guest, [Make(guest.Room, 8, Write)]);
            WaitForUsed(guest, 1);
            Assert.Equal(8u, guest.Queue.UsedRing[0].Length);
        }

        daemon.AssertUnharmed();
    }

    [Fact]
    public void The_rings_may_be_the_target_of_the_bytes()
    {
        using (Guest guest = Guest.Connect(daemon.Socket))
        {
            // Random bytes into descriptors and both rings, again and again, while kicks come.
            ulong at = guest.Queue.Placement.Descriptors;
            for (int round = 0; round < 200; round++)
            {
                for (int i = 0; i < 64; i++)
                {
                    guest.Queue.Descriptors[i] = Make(at, 3000, Write);
                    guest.Queue.AvailableRing[i] = (ushort)i;
                }

                *guest.Queue.AvailableIndex += 3;
                guest.Queue.Kick();
                if (guest.Queue.Notifier!.WaitForError(TimeSpan.FromMilliseconds(1)))
                {
                    guest.Device.Reset();
                    guest.Device.Start();
                }
            }

            Assert.NotEqual(0ul, guest.Device.Connection.GetFeatures());
        }

        daemon.AssertUnharmed();
    }

    [Fact]
    public void Memory_may_vanish_under_a_running_ring()
    {
        using (Guest guest = Guest.Connect(daemon.Socket))
        {
            Assert.Equal(8, guest.Ask(8).Length);
            guest.Device.Connection.RemMemReg(guest.Device.Memory.Regions[0].Entry);
            guest.Queue.Kick();
            Assert.NotEqual(0ul, guest.Device.Connection.GetFeatures());
        }

        daemon.AssertUnharmed();
    }

    private static SplitDescriptor Make(ulong address, uint length, DescriptorFlags flags, ushort next = 0) =>
        new() { Address = address, Length = length, Flags = flags, Next = next };

    private static void Offer(Guest guest, SplitDescriptor[] descriptors)
    {
        for (int i = 0; i < descriptors.Length; i++)
            guest.Queue.Descriptors[i] = descriptors[i];
        ushort index = *guest.Queue.AvailableIndex;
        guest.Queue.AvailableRing[index % guest.Queue.Size] = 0;
        Volatile.Write(ref *guest.Queue.AvailableIndex, (ushort)(index + 1));
        guest.Queue.Kick();
    }

    // The driver's books know nothing of these chains, so the ring itself is looked at.
    private static void WaitForUsed(Guest guest, ushort index) =>
        Eventually.Holds(() => Volatile.Read(ref *guest.Queue.UsedIndex) == index, () => $"used index {*guest.Queue.UsedIndex} instead of {index}");
}
