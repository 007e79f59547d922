// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>virtio 1.3 §2.7.5.3.</summary>
public sealed unsafe class IndirectTests
{
    [Theory, CombinatorialModes]
    public void A_table_alone_or_after_direct_descriptors(bool direct)
    {
        RingFixture f = new();
        Desc table = f.Driver.Indirect(f.Data + 0x1000, Desc.Out(f.Data, 2), Desc.Out(f.Data + 2, 3), Desc.In(f.Data + 8, 4));
        DescriptorChain chain = direct ? f.OfferAndPop(Desc.Out(f.Data + 100, 1), Desc.Out(f.Data + 110, 1), table) : f.OfferAndPop(table);
        Assert.Equal(direct ? 7u : 5u, chain.ReadableBytes);
        Assert.Equal(4u, chain.WritableBytes);
        Assert.Equal(f.Guest.Piece(f.Data + 2, 3), chain.Readable.Listed()[^1]);
    }

    [Fact]
    public void The_write_flag_of_a_table_means_nothing()
    {
        RingFixture f = new();
        Desc table = f.Driver.Indirect(f.Data + 0x1000, Desc.Out(f.Data, 2), Desc.In(f.Data, 2));
        DescriptorChain chain = f.OfferAndPop(table with { Flags = DescriptorFlags.Indirect | DescriptorFlags.Write });
        Assert.Equal((2u, 2u), (chain.ReadableBytes, chain.WritableBytes));
    }

    [Fact]
    public void A_table_needs_no_alignment_and_may_be_linked_in_any_order()
    {
        RingFixture f = new();
        ulong at = f.Data + 0x1003;
        SplitDescriptor* table = (SplitDescriptor*)f.Guest.Host(at);
        table[0] = new SplitDescriptor { Address = f.Data, Length = 1, Flags = DescriptorFlags.Next, Next = 2 };
        table[2] = new SplitDescriptor { Address = f.Data + 1, Length = 1, Flags = DescriptorFlags.Next, Next = 1 };
        table[1] = new SplitDescriptor { Address = f.Data + 2, Length = 1 };
        f.Guest.Fill(f.Data, [1, 2, 3]);
        Assert.Equal([1, 2, 3], f.OfferAndPop(Desc.Table(at, 48)).ReadAll());
    }

    [Fact]
    public void A_table_may_span_regions()
    {
        TestGuest guest = new((0, 0x10000), (0x10000, 24), (0x10018, 0x1000));
        RingFixture f = new(guest: guest);
        guest.Fill(f.Data, Chains.Pattern(6));
        byte[] table = new byte[6 * 16];
        for (int i = 0; i < 6; i++)
        {
            fixed (byte* p = table)
            {
                ((SplitDescriptor*)p)[i] = new SplitDescriptor
                {
                    Address = f.Data + (ulong)i,
                    Length = 1,
                    Flags = i < 5 ? DescriptorFlags.Next : DescriptorFlags.None,
                    Next = (ushort)(i + 1),
                };
            }
        }

        guest.Fill(0xfff8, table); // entries cut by both borders
        Assert.Equal(Chains.Pattern(6), f.OfferAndPop(Desc.Table(0xfff8, 96)).ReadAll());
    }

    [Fact]
    public void A_table_longer_than_the_ring_is_served_up_to_1024_descriptors()
    {
        RingFixture f = new(size: 4);
        ulong at = f.Data + 0x10000;
        Desc[] entries = [.. Enumerable.Range(0, 1025).Select(i => Desc.Out(f.Data + (ulong)i, 1))];
        f.Guest.Fill(f.Data, Chains.Pattern(1025));

        DescriptorChain chain = f.OfferAndPop(f.Driver.Indirect(at, entries.AsSpan(0, 1024)));
        Assert.Equal(Chains.Pattern(1024), chain.ReadAll());
        f.Queue.Complete(chain, 0);
        _ = f.Queue.Publish();
        _ = f.Driver.TakeAllUsed();

        f.OfferMalformed(f.Driver.Indirect(at, entries));
        // The limit counts direct descriptors, too.
        f.OfferMalformed(Desc.Out(f.Data, 1), f.Driver.Indirect(at, entries.AsSpan(0, 1024)));
    }

    [Fact]
    public void Entries_behind_the_end_of_the_chain_are_not_looked_at()
    {
        RingFixture f = new();
        _ = f.Driver.Indirect(f.Data + 0x1000, Desc.Out(f.Data, 1));
        // The table is said to go on far beyond memory.
        Assert.Equal(1u, f.OfferAndPop(Desc.Table(f.Data + 0x1000, 0xfffffff0)).ReadableBytes);
    }
}
