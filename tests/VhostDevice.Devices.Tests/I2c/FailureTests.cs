// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.I2c;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>The first message that fails takes those after it with it, never those before it, never other transfers.</summary>
[Collection(DeviceCollection.Name)]
public sealed class FailureTests : LeakChecked
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    public void Where_the_bus_fails_the_rest_fails(bool mayBlock, int at)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        bus.FailAt = at;
        ushort[] ids = [.. Enumerable.Range(0, 4).Select(i => f.Guest.ReadFrom(0x50, 2, more: i < 3))];
        I2cAnswer[] answers = f.Guest.Run(ids);
        Assert.Equal(Enumerable.Range(0, 4).Select(i => i < at), answers.Select(a => a.IsOk));
        Assert.All(answers, a => Assert.Equal(3u, a.Used));
        Assert.All(answers[at..], a => Assert.Equal(new byte[2], a.Data));
        bus.FailAt = -1;
        Assert.True(f.Guest.Run(f.Guest.ReadFrom(0x50, 2))[0].IsOk);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_before_a_bad_one_are_made_and_those_after_it_are_not(bool mayBlock)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        ushort[] ids =
        [
            f.Guest.Write(0x50, [0, 1], more: true), f.Guest.Write(0x51, [0, 2], more: true),
            f.Guest.Write(0x33, [0, 3], more: true), // nobody's
            f.Guest.Write(0x50, [0, 4], more: true), f.Guest.Write(0x50, [0, 5]),
            f.Guest.Write(0x50, [0, 6]), // another transfer
        ];
        Assert.Equal([true, true, false, false, false, true], f.Guest.Run(ids).Select(a => a.IsOk));
        Assert.Equal(["w50:0001 w51:0002", "w50:0006"], bus.Transfers);
    }

    [Fact]
    public void A_malformed_request_in_a_transfer_fails_what_comes_after_it()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        ushort[] ids =
        [
            f.Guest.Write(0x50, [0, 1], more: true),
            f.Guest.Add([.. I2cGuest.Header(0x50, I2cGuest.FailNext | I2cGuest.Read), 1], [9], [2, 1]),
            f.Guest.Write(0x50, [0, 2]),
            f.Guest.Write(0x50, [0, 3]),
        ];
        Assert.Equal([true, false, false, true], f.Guest.Run(ids).Select(a => a.IsOk));
        Assert.Equal(["w50:0001", "w50:0003"], bus.Transfers);
    }

    [Fact]
    public void A_header_that_is_not_there_says_nothing_about_what_comes_next()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        Assert.Equal([false, true], f.Guest.Run(f.Guest.Add([0xa0, 0, 0, 0, 1], [5], [1]), f.Guest.Write(0x50, [1])).Select(a => a.IsOk));
    }

    [Fact]
    public void A_transfer_cannot_be_on_two_buses()
    {
        using TestBus one = I2cFixture.Memories();
        using TestBus other = new("i2c-other", mayBlock: false, (0x20, false));
        using I2cFixture f = new(one, other);
        ushort[] ids =
        [
            f.Guest.Write(0x50, [1], more: true), f.Guest.Write(0x20, [2], more: true), f.Guest.Write(0x50, [3]),
            f.Guest.Write(0x20, [4]),
        ];
        Assert.Equal([true, false, false, true], f.Guest.Run(ids).Select(a => a.IsOk));
        Assert.Equal(["w50:01"], one.Transfers);
        Assert.Equal(["w20:04"], other.Transfers);
    }

    [Fact]
    public void A_transfer_that_is_too_long_fails_whole()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        int count = I2cMessage.MaxMessages + 3;
        ushort[] ids = [.. Enumerable.Range(0, count).Select(i => f.Guest.Write(0x50, [1], more: i < count - 1)), f.Guest.Write(0x50, [2])];
        I2cAnswer[] answers = f.Guest.Run(ids);
        Assert.All(answers[..^1], a => Assert.Equal((byte)1, a.Status));
        Assert.True(answers[^1].IsOk);
        Assert.Equal(["w50:02"], bus.Transfers);
        Assert.Equal(1ul, f.Statistics.Cut);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_bus_that_throws_costs_the_transfer(bool mayBlock)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        bus.Throws = new InvalidOperationException("a model with a mistake");
        Assert.Equal([false, false], f.Guest.Run(f.Guest.Write(0x50, [1], more: true), f.Guest.ReadFrom(0x50, 1)).Select(a => a.IsOk));
        Assert.Contains("a model with a mistake", f.BackEnd.Log.ToString(), StringComparison.Ordinal);
        bus.Throws = null;
        Assert.True(f.Guest.Run(f.Guest.Write(0x50, [1]))[0].IsOk);
    }

    [Fact]
    public void What_the_bus_cannot_do_is_told_once()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(bus);
        bus.FailAt = 0;
        bus.FailWith = Errno.EOPNOTSUPP;
        for (int i = 0; i < 3; i++)
            Assert.False(f.Guest.Run(f.Guest.Write(0x50, [1]))[0].IsOk);
        Assert.Single(f.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_driver_that_does_not_accept_empty_requests_is_told_and_served()
    {
        using TestBus bus = I2cFixture.Memories();
        using I2cFixture f = new(I2cFixture.Options with { Features = ~I2cDevice.ZeroLengthRequest & I2cFixture.Options.Features }, bus);
        Assert.Contains("ZERO_LENGTH_REQUEST", Assert.Single(f.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        Assert.True(f.Guest.Run(f.Guest.Write(0x50, []))[0].IsOk);
    }
}
