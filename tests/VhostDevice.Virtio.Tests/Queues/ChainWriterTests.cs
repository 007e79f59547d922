// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Queues;

public sealed unsafe class ChainWriterTests
{
    private readonly RingFixture _f = new();

    /// <summary>10 bytes, cut 3 + 1 + 6.</summary>
    private DescriptorChain Cut() => _f.OfferAndPop(
        Desc.Out(_f.Data + 300, 50), Desc.In(_f.Data, 3), Desc.In(_f.Data + 100, 1), Desc.In(_f.Data + 200, 6));

    private byte[] Result => [.. _f.Guest.Copy(_f.Data, 3), .. _f.Guest.Copy(_f.Data + 100, 1), .. _f.Guest.Copy(_f.Data + 200, 6)];

    [Fact]
    public void Typed_values_are_written_over_borders()
    {
        ChainWriter writer = Cut().Writer();
        Assert.True(writer.TryWrite((ushort)0x0201));
        Assert.True(writer.TryWrite(0x06050403u));
        Assert.Equal(6u, writer.Written);
        Assert.Equal(4ul, writer.Remaining);
        Assert.True(writer.TryWrite(0x0a090807u));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Result);
        Assert.Equal(10u, writer.Written);
        Assert.Equal(0ul, writer.Remaining);
        // Nothing beside the pieces.
        Assert.Equal(0, _f.Guest.Copy(_f.Data + 3, 1)[0]);
        Assert.Equal(0, _f.Guest.Copy(_f.Data + 101, 1)[0]);
        Assert.Equal(0, _f.Guest.Copy(_f.Data + 206, 1)[0]);
        Assert.Equal(new byte[50], _f.Guest.Copy(_f.Data + 300, 50));
    }

    [Fact]
    public void What_does_not_fit_is_written_as_far_as_it_does()
    {
        ChainWriter writer = Cut().Writer();
        Assert.Equal(10, writer.Write([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Result);
        Assert.Equal(0, writer.Write([1]));
        Assert.False(writer.TryWrite((byte)1));

        writer = OfferAgain().Writer();
        Assert.True(writer.TryWrite(0x0807060504030201ul));
        Assert.False(writer.TryWrite(0xffffffffu));
        Assert.Equal(10u, writer.Written);
        Assert.Equal([0xff, 0xff], Result[8..]);
    }

    [Fact]
    public void Pieces_are_reserved_as_far_as_room_and_limit_allow()
    {
        ChainWriter writer = Cut().Writer();
        Span<IoVec> room = stackalloc IoVec[2];
        Assert.True(writer.TryWrite((byte)0x11));
        Assert.Equal(2, writer.TakePieces(room, ulong.MaxValue, out ulong bytes));
        Assert.Equal(3ul, bytes);
        Assert.Equal(4u, writer.Written);
        Assert.Equal([_f.Guest.Piece(_f.Data + 1, 2), _f.Guest.Piece(_f.Data + 100, 1)], ((ReadOnlySpan<IoVec>)room).Listed());
        Assert.Equal(1, writer.TakePieces(room, 4, out bytes));
        Assert.Equal(8u, writer.Written);
        Assert.True(writer.TryWrite((ushort)0x2322));
        Assert.Equal([0x22, 0x23], Result[8..]);
        Assert.Equal(0, writer.TakePieces(room, ulong.MaxValue, out bytes));
        Assert.Equal(0ul, bytes);
    }

    [Fact]
    public void A_chain_with_nothing_to_write_takes_nothing()
    {
        ChainWriter writer = _f.OfferAndPop(Desc.Out(_f.Data, 4)).Writer();
        Assert.Equal(0ul, writer.Remaining);
        Assert.Equal(0, writer.Write([1]));
        Assert.Equal(0u, writer.Written);
    }

    private DescriptorChain OfferAgain()
    {
        _f.Driver.Chain(4, Desc.In(_f.Data, 3), Desc.In(_f.Data + 100, 1), Desc.In(_f.Data + 200, 6));
        _f.Driver.Offer(4);
        return _f.Pop();
    }
}
