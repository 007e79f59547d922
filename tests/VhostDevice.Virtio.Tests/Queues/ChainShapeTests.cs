// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

/// <summary>Whatever way a driver cuts a request, the device sees the same bytes (virtio 1.3 §2.7.4).</summary>
public sealed class ChainShapeTests
{
    [Fact]
    public void Readable_pieces_come_first_then_writable_ones()
    {
        RingFixture f = new();
        DescriptorChain chain = f.OfferAndPop(
            Desc.Out(f.Data, 3), Desc.Out(f.Data + 100, 5), Desc.In(f.Data + 200, 7), Desc.In(f.Data + 300, 11));
        Assert.Equal([f.Guest.Piece(f.Data, 3), f.Guest.Piece(f.Data + 100, 5)], chain.Readable.Listed());
        Assert.Equal([f.Guest.Piece(f.Data + 200, 7), f.Guest.Piece(f.Data + 300, 11)], chain.Writable.Listed());
        Assert.Equal(8u, chain.ReadableBytes);
        Assert.Equal(18u, chain.WritableBytes);
        Assert.Equal(0, chain.Head);
        Assert.Equal(1, f.Queue.InFlight);
    }

    [Fact]
    public void A_chain_may_use_every_descriptor_of_the_ring_in_any_order()
    {
        RingFixture f = new(size: 8);
        int[] order = [5, 0, 7, 2, 1, 6, 4, 3];
        for (int i = 0; i < order.Length; i++)
        {
            f.Driver.Descriptor(order[i]) = new SplitDescriptor
            {
                Address = f.Data + (ulong)i,
                Length = 1,
                Flags = i < 7 ? DescriptorFlags.Next : DescriptorFlags.None,
                Next = i < 7 ? (ushort)order[i + 1] : (ushort)0xffff, // not looked at without the flag
            };
        }

        f.Guest.Fill(f.Data, Chains.Pattern(8));
        f.Driver.Offer(5);
        DescriptorChain chain = f.Pop();
        Assert.Equal(5, chain.Head);
        Assert.Equal(Chains.Pattern(8), chain.ReadAll());
    }

    [Fact]
    public void Descriptors_of_length_0_add_nothing()
    {
        RingFixture f = new();
        DescriptorChain chain = f.OfferAndPop(Desc.Out(0xdead0000, 0), Desc.Out(f.Data, 2), Desc.In(f.Data, 0), Desc.In(f.Data + 8, 1));
        Assert.Equal([f.Guest.Piece(f.Data, 2)], chain.Readable.Listed());
        Assert.Equal([f.Guest.Piece(f.Data + 8, 1)], chain.Writable.Listed());
    }

    [Fact]
    public void A_chain_without_a_byte_is_still_a_request()
    {
        RingFixture f = new();
        DescriptorChain chain = f.OfferAndPop(Desc.Out(0, 0));
        Assert.True(chain.Readable.IsEmpty && chain.Writable.IsEmpty);
        f.Queue.Complete(chain, 5);
        _ = f.Queue.Publish();
        Assert.Equal([(0u, 0u)], f.Driver.TakeAllUsed());
    }

    [Fact]
    public void A_buffer_over_neighbouring_regions_becomes_one_piece_per_region()
    {
        TestGuest guest = new((0, 0x10000), (0x11000, 0x1000), (0x10000, 0x1000), (0x12000, 0x1000));
        RingFixture f = new(guest: guest);
        guest.Fill(0xfff0, Chains.Pattern(0x2020));
        DescriptorChain chain = f.OfferAndPop(Desc.Out(0xfff0, 0x2020), Desc.In(0x10fff, 2));
        Assert.Equal(
            [guest.Piece(0xfff0, 0x10), guest.Piece(0x10000, 0x1000), guest.Piece(0x11000, 0x1000), guest.Piece(0x12000, 0x10)],
            chain.Readable.Listed());
        Assert.Equal([guest.Piece(0x10fff, 1), guest.Piece(0x11000, 1)], chain.Writable.Listed());
        Assert.Equal(Chains.Pattern(0x2020), chain.ReadAll());
    }

    [Fact]
    public void A_chain_object_carries_nothing_over_to_the_next_request()
    {
        RingFixture f = new();
        DescriptorChain chain = f.OfferAndPop([.. Enumerable.Repeat(Desc.Out(f.Data, 9), 8), .. Enumerable.Repeat(Desc.In(f.Data, 9), 8)]);
        chain.State = this;
        f.Queue.Complete(chain, 0);
        DescriptorChain next = f.OfferAndPop(Desc.In(f.Data + 1, 1));
        Assert.Same(chain, next);
        Assert.Null(next.State);
        Assert.True(next.Readable.IsEmpty);
        Assert.Equal([f.Guest.Piece(f.Data + 1, 1)], next.Writable.Listed());
        Assert.Equal((0u, 1u), (next.ReadableBytes, next.WritableBytes));
    }

    [Fact]
    public void Any_cut_of_a_request_reads_and_writes_the_same()
    {
        Gen.Select(Gen.Int[0, 40].Array[0, 12], Gen.Int[0, 40].Array[0, 12], Gen.Int[0, 24], Gen.Int[0, 1000]).Sample((outs, ins, direct, seed) =>
        {
            RingFixture f = new(size: 32, guest: new TestGuest((0, 0x2000), (0x2000, 0x40), (0x2040, 0x1000)));
            Random random = new(seed);
            List<Desc> chain = [];
            ulong at = 0x2010;
            foreach (int length in outs)
            {
                chain.Add(Desc.Out(at, (uint)length));
                at += (ulong)length;
            }

            byte[] request = Chains.Pattern(outs.Sum(), seed);
            f.Guest.Fill(0x2010, request);
            ulong answerAt = at;
            foreach (int length in ins)
            {
                chain.Add(Desc.In(at, (uint)length));
                at += (ulong)length;
            }

            if (chain.Count == 0)
                chain.Add(Desc.Out(0x2010, 0));

            // Direct descriptors up to somewhere, the rest in a table.
            Desc[] head = [.. chain.Take(direct)];
            if (direct < chain.Count)
                head = [.. head, f.Driver.Indirect(0x1000, [.. chain.Skip(direct)])];
            DescriptorChain popped = f.OfferAndPop(head);

            Assert.Equal(request, popped.ReadAll());
            byte[] answer = Chains.Pattern(ins.Sum(), seed + 1);
            ChainWriter writer = popped.Writer();
            for (int done = 0; done < answer.Length;)
            {
                int n = random.Next(1, answer.Length - done + 1);
                Assert.Equal(n, writer.Write(answer.AsSpan(done, n)));
                done += n;
            }

            Assert.Equal((uint)answer.Length, writer.Written);
            Assert.Equal(0ul, writer.Remaining);
            Assert.Equal(answer, f.Guest.Copy(answerAt, answer.Length));
            Assert.Equal(request, f.Guest.Copy(0x2010, request.Length));
        });
    }
}
