// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Queues.Inflight;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>The record of a packed ring: its bytes, and what a front-end may have made of them.</summary>
public sealed class PackedRecordTests
{
    [Fact]
    public void Structures_lie_as_the_specification_has_them()
    {
        Assert.Equal(32, Unsafe.SizeOf<PackedInflightHeader>());
        Assert.Equal(32, Unsafe.SizeOf<PackedInflightDescriptor>());
        PackedInflightHeader header = new()
        {
            Features = 0x1122334455667788,
            Version = 0x0102,
            DescriptorCount = 0x0304,
            FreeHead = 0x0506,
            OldFreeHead = 0x0708,
            UsedIndex = 0x090a,
            OldUsedIndex = 0x0b0c,
            UsedWrapCounter = 0x0d,
            OldUsedWrapCounter = 0x0e,
        };
        Assert.Equal("88776655443322110201040306050807" + "0a090c0b0d0e", Hex(header)[..44]);
        PackedInflightDescriptor descriptor = new()
        {
            InFlight = 1,
            Next = 0x0203,
            Last = 0x0405,
            Count = 0x0607,
            Counter = 0x08090a0b0c0d0e0f,
            Id = 0x1011,
            Flags = 0x1213,
            Length = 0x14151617,
            Address = 0x18191a1b1c1d1e1f,
        };
        Assert.Equal("01000302050407060f0e0d0c0b0a0908" + "11101312171615141f1e1d1c1b1a1918", Hex(descriptor));
    }

    [Fact]
    public void A_chain_is_in_the_record_from_taking_to_publishing()
    {
        PackedFixture f = new();
        Record r = new(16, packed: true);
        Assert.True(f.Queue.TryTrack(r.Region, out bool goesOn, out _));
        Assert.False(goesOn);
        f.Driver.Offer(5, Desc.Out(f.Data, 8), Desc.In(f.Data + 8, 24));
        DescriptorChain chain = f.Pop();
        PackedInflightDescriptor[] entries = Entries(r);
        Assert.Equal((1, 2, 1), (entries[0].InFlight, entries[0].Count, entries[0].Last));
        Assert.Equal((f.Data, 8u), (entries[0].Address, entries[0].Length));
        Assert.Equal((f.Data + 8, 24u, 5), (entries[1].Address, entries[1].Length, entries[1].Id));
        Assert.Equal((2, 2), (Header(r).FreeHead, Header(r).OldFreeHead));
        f.Queue.Complete(chain, 24);
        Assert.Equal(1, Entries(r)[0].InFlight);
        _ = f.Queue.Publish();
        Assert.Equal(0, Entries(r)[0].InFlight);
        Assert.Equal((0, 0, 2, 2), (Header(r).FreeHead, Header(r).OldFreeHead, Header(r).UsedIndex, Header(r).OldUsedIndex));
        Assert.Equal(2, Entries(r)[1].Next);
    }

    [Fact]
    public void Random_records_do_no_harm()
    {
        int opened = 0;
        for (int seed = 0; seed < 3000; seed++)
        {
            Random random = new(seed);
            PackedFixture f = new(guest: new TestGuest((0, 0x4000)));
            Record r = new(16, packed: true);
            // A real record with something in flight, and a few bytes of it changed: pure noise is refused at once.
            Assert.True(f.Queue.TryTrack(r.Region, out _, out _));
            for (ushort id = 0; id < 5; id++)
                _ = f.OfferAndPop(id, Desc.Out(f.Data, 8), Desc.In(f.Data, 8));
            for (int i = random.Next(8); i > 0; i--)
                r.Content[random.Next(r.Bytes)] = (byte)random.Next(random.Next(2) == 0 ? 20 : 256);

            PackedVirtqueue next = f.Open(0x8000_8000);
            if (!next.TryTrack(r.Region, out _, out _))
                continue;
            opened++;
            next.BeginTurn(PackedFixture.Budget);
            for (int i = 0; i < 40 && next.TryPop(out DescriptorChain? chain); i++)
            {
                next.Complete(chain, 8);
                _ = next.Publish();
            }

            Assert.Equal(0, next.InFlight);
        }

        Assert.InRange(opened, 300, 2900);
    }

    [Fact]
    public void A_front_end_that_writes_while_the_ring_runs_harms_only_itself()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            Record r = null!;
            r = new Record(16, packed: true, stored: () => random.NextBytes(r.Content));
            PackedFixture f = new(guest: new TestGuest((0, 0x4000)));
            Assert.True(f.Queue.TryTrack(r.Region, out _, out _));
            for (int i = 0; i < 100; i++)
                f.ServeOne((ushort)(i % 16));
        }
    }

    private static PackedInflightHeader Header(Record r) => MemoryMarshal.Read<PackedInflightHeader>(r.Content);

    private static PackedInflightDescriptor[] Entries(Record r) =>
        MemoryMarshal.Cast<byte, PackedInflightDescriptor>(r.Content[32..])[..r.Region.Descriptors].ToArray();

    private static string Hex<T>(T value)
        where T : unmanaged => Convert.ToHexStringLower(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
