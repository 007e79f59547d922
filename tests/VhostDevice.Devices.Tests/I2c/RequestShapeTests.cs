// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>
/// A request is a row of bytes; how the driver cuts it into descriptors is its own affair. What makes no sense gets an
/// error, the queue goes on.
/// </summary>
[Collection(DeviceCollection.Name)]
public sealed class RequestShapeTests : LeakChecked
{
    public static TheoryData<bool, bool, int[], int[]> ReadCuts => Both(
        ([8], [4, 1]),
        ([8], [5]),
        ([8], [1, 1, 1, 1, 1]),
        ([8], [2, 3]),
        ([1, 7], [4, 1]),
        ([2, 2, 4], [3, 2]));

    public static TheoryData<bool, bool, int[], int[]> WriteCuts => Both(
        ([8, 4], [1]),
        ([12], [1]),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1]),
        ([9, 3], [1]),
        ([4, 5, 3], [1]),
        ([8, 2, 2], [1]));

    [Theory]
    [MemberData(nameof(ReadCuts))]
    public void A_read_may_be_cut_anyhow(bool mayBlock, bool indirect, int[] cuts, int[] room)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        new byte[] { 1, 2, 3, 4 }.CopyTo(bus[0x50], 0);
        I2cAnswer answer = f.Guest.Run(f.Guest.Add(I2cGuest.Header(0x50, I2cGuest.Read), cuts, room, indirect))[0];
        Assert.Equal((0, 5u), answer.Said);
        Assert.Equal(new byte[] { 1, 2, 3, 4 }, answer.Data);
    }

    [Theory]
    [MemberData(nameof(WriteCuts))]
    public void A_write_may_be_cut_anyhow(bool mayBlock, bool indirect, int[] cuts, int[] room)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        I2cAnswer answer = f.Guest.Run(f.Guest.Add([.. I2cGuest.Header(0x50, 0), 9, 7, 6, 5], cuts, room, indirect))[0];
        Assert.Equal((0, 1u), answer.Said);
        Assert.Equal(["w50:09070605"], bus.Transfers);
    }

    /// <summary>What each is: readable bytes, room, whether there is a status to find, and what the used ring says.</summary>
    [Theory]
    [InlineData(0, 1, true, 1u)] // no header
    [InlineData(7, 1, true, 1u)] // half a header
    [InlineData(8, 0, false, 0u)] // no status
    [InlineData(0, 0, false, 0u)] // nothing at all, as far as a ring allows
    [InlineData(12, 0, false, 0u)] // a write without a status
    public void A_request_without_its_ends_fails_alone(int readable, int room, bool hasStatus, uint used)
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        byte[] bytes = [.. I2cGuest.Header(0x50, 0), 1, 2, 3, 4];
        // A ring cannot hold a chain without descriptors: an empty one stands for it.
        ushort bad = readable + room == 0
            ? f.Guest.Queue.Add(VhostUser.FrontEnd.DriverBuffer.Readable(0, 0))
            : f.Guest.Add(bytes[..readable], [readable], [room]);
        if (readable + room == 0)
        {
            f.Guest.Submit();
            Assert.Equal(used, f.Guest.Queue.Take().Length);
        }
        else
        {
            I2cAnswer answer = f.Guest.Run(bad)[0];
            Assert.Equal((hasStatus ? 1 : -1, used), answer.Said);
        }

        Assert.Equal([], bus.Transfers);
        Assert.True(f.Guest.Run(f.Guest.Write(0x50, [1, 2]))[0].IsOk);
    }

    [Fact]
    public void A_write_with_room_to_read_fails_and_so_does_a_read_with_bytes_to_write()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        I2cAnswer[] answers = f.Guest.Run(
            f.Guest.Add([.. I2cGuest.Header(0x50, 0), 1, 2], [8, 2], [4, 1]),
            f.Guest.Add([.. I2cGuest.Header(0x50, I2cGuest.Read), 1, 2], [8, 2], [4, 1]),
            f.Guest.Add([.. I2cGuest.Header(0x50, 0)], [8], [4, 1]));
        // Zeros lie before the status, so that the length reported covers it.
        Assert.All(answers, a => Assert.Equal((1, 5u), a.Said));
        Assert.All(answers, a => Assert.Equal(new byte[4], a.Data));
        Assert.Equal([], bus.Transfers);
        Assert.Equal(3ul, f.Statistics.Malformed);
    }

    [Theory]
    [InlineData(I2cMessage.MaxLength + 1)]
    [InlineData(65536)]
    [InlineData(65537)]
    public void A_message_that_is_too_long_fails_and_is_not_cut(int length)
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        I2cAnswer[] answers = f.Guest.Run(f.Guest.Write(0x50, new byte[length]), f.Guest.ReadFrom(0x50, length));
        Assert.Equal((1, 1u), answers[0].Said);
        // Nothing but the status was written, so nothing counts from the start.
        Assert.Equal((1, 0u), answers[1].Said);
        Assert.All(answers[1].Data, b => Assert.Equal(I2cGuest.Untouched, b));
        Assert.Equal([], bus.Transfers);
    }

    [Theory]
    [InlineData(0x0000)] // listed nowhere
    [InlineData(0x00a4)]
    [InlineData(0x00a1)] // 0x50 with the read/write bit
    [InlineData(0x01a0)] // 0x50 with something above it
    [InlineData(0xf1f0)] // a 10-bit address
    [InlineData(0xffff)]
    public void An_address_that_is_not_listed_gets_an_error_and_nothing_else(int wire)
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        byte[] header = [(byte)wire, (byte)(wire >> 8), 0, 0, 2, 0, 0, 0];
        I2cAnswer answer = f.Guest.Run(f.Guest.Add(header, [8], [3, 1]))[0];
        Assert.Equal((1, 4u), answer.Said);
        Assert.Equal(new byte[3], answer.Data);
        Assert.Equal([], bus.Transfers);
        Assert.Equal([], f.Log.Lines);
    }

    [Fact]
    public void Flags_and_padding_that_are_reserved_do_not_count()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        byte[] header = I2cGuest.Header(0x50, 0xfffffffc);
        header[2] = header[3] = 0xff;
        Assert.True(f.Guest.Run(f.Guest.Add([.. header, 1, 2], [8, 2], [1]))[0].IsOk);
        Assert.Equal(["w50:0102"], bus.Transfers);
    }

    private static TheoryData<bool, bool, int[], int[]> Both(params (int[] Cuts, int[] Room)[] shapes)
    {
        TheoryData<bool, bool, int[], int[]> data = [];
        foreach (bool mayBlock in new[] { false, true })
        {
            foreach (bool indirect in new[] { false, true })
            {
                foreach ((int[] cuts, int[] room) in shapes)
                    data.Add(mayBlock, indirect, cuts, room);
            }
        }

        return data;
    }
}
