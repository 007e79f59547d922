// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

public sealed unsafe class ChainReaderTests
{
    private readonly RingFixture _f = new();

    /// <summary>Bytes 1 to 10, cut 3 + 1 + 6.</summary>
    private DescriptorChain Cut()
    {
        _f.Guest.Fill(_f.Data, [1, 2, 3]);
        _f.Guest.Fill(_f.Data + 100, [4]);
        _f.Guest.Fill(_f.Data + 200, [5, 6, 7, 8, 9, 10]);
        return _f.OfferAndPop(Desc.Out(_f.Data, 3), Desc.Out(_f.Data + 100, 1), Desc.Out(_f.Data + 200, 6), Desc.In(_f.Data + 300, 50));
    }

    [Fact]
    public void Typed_values_are_read_over_borders_in_ring_order()
    {
        ChainReader reader = Cut().Reader();
        Assert.Equal(10ul, reader.Remaining);
        Assert.True(reader.TryRead(out ushort two));
        Assert.Equal(0x0201, two);
        Assert.True(reader.TryRead(out uint four));
        Assert.Equal(0x06050403u, four);
        Assert.True(reader.TryRead(out byte one));
        Assert.Equal(7, one);
        Assert.Equal(3ul, reader.Remaining);
    }

    [Fact]
    public void A_value_of_which_not_all_is_there_is_refused()
    {
        ChainReader reader = Cut().Reader();
        Assert.True(reader.TryRead(out ulong _));
        Assert.False(reader.TryRead(out uint _));
        Assert.Equal(0ul, reader.Remaining);
        Assert.False(reader.TryRead(out byte _));
    }

    [Fact]
    public void Bytes_come_as_far_as_there_are_any()
    {
        ChainReader reader = Cut().Reader();
        byte[] target = new byte[7];
        Assert.Equal(7, reader.Read(target));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], target);
        Assert.Equal(3, reader.Read(target));
        Assert.Equal([8, 9, 10, 4, 5, 6, 7], target);
        Assert.Equal(0, reader.Read(target));
        Assert.Equal(0, reader.Read([]));
    }

    [Fact]
    public void Skipping_counts_over_borders()
    {
        ChainReader reader = Cut().Reader();
        Assert.True(reader.TrySkip(0));
        Assert.True(reader.TrySkip(5));
        Assert.True(reader.TryRead(out byte b));
        Assert.Equal(6, b);
        Assert.True(reader.TrySkip(4));
        Assert.False(reader.TrySkip(1));
        ChainReader again = Another().Reader();
        Assert.False(again.TrySkip(ulong.MaxValue));
        Assert.Equal(0ul, again.Remaining);
    }

    [Fact]
    public void Pieces_are_taken_as_far_as_room_and_limit_allow()
    {
        ChainReader reader = Cut().Reader();
        Span<IoVec> room = stackalloc IoVec[2];
        Assert.True(reader.TrySkip(1));
        Assert.Equal(2, reader.TakePieces(room, ulong.MaxValue, out ulong bytes));
        Assert.Equal(3ul, bytes);
        Assert.Equal([_f.Guest.Piece(_f.Data + 1, 2), _f.Guest.Piece(_f.Data + 100, 1)], ((ReadOnlySpan<IoVec>)room).Listed());

        Assert.Equal(1, reader.TakePieces(room, 4, out bytes));
        Assert.Equal(4ul, bytes);
        Assert.Equal(_f.Guest.Piece(_f.Data + 200, 4), ((ReadOnlySpan<IoVec>)room).Listed()[0]);
        Assert.True(reader.TryRead(out byte b));
        Assert.Equal(9, b);
        Assert.Equal(0, reader.TakePieces([], ulong.MaxValue, out bytes));
        Assert.Equal(0, reader.TakePieces(room, 0, out bytes));
        Assert.Equal(0ul, bytes);
        Assert.Equal(1, reader.TakePieces(room, ulong.MaxValue, out _));
        Assert.Equal(0, reader.TakePieces(room, ulong.MaxValue, out _));
    }

    [Fact]
    public void A_reader_is_a_view_that_can_be_made_anew_and_copied()
    {
        DescriptorChain chain = Cut();
        ChainReader reader = chain.Reader();
        Assert.True(reader.TrySkip(9));
        ChainReader copy = reader;
        Assert.True(copy.TryRead(out byte b));
        Assert.Equal(10, b);
        Assert.Equal(1ul, reader.Remaining);
        Assert.Equal(10ul, chain.Reader().Remaining);
    }

    private DescriptorChain Another()
    {
        RingFixture other = new();
        return other.OfferAndPop(Desc.Out(other.Data, 3), Desc.Out(other.Data, 3));
    }
}
