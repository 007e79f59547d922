// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Spi;
using VhostDevice.Devices.Tests.I2c;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>Each request is a transfer with a result of its own, however the driver cuts it.</summary>
[Collection(DeviceCollection.Name)]
public sealed class TransferTests : LeakChecked
{
    public static TheoryData<bool, bool, int[], int[]> Cuts
    {
        get
        {
            TheoryData<bool, bool, int[], int[]> data = [];
            foreach (bool mayBlock in new[] { false, true })
            {
                foreach (bool indirect in new[] { false, true })
                {
                    data.Add(mayBlock, indirect, [32, 4], [4, 1]);
                    data.Add(mayBlock, indirect, [36], [5]);
                    data.Add(mayBlock, indirect, [1, 31, 1, 3], [1, 1, 1, 1, 1]);
                    data.Add(mayBlock, indirect, [33, 3], [2, 3]);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public void A_transfer_may_be_cut_anyhow(bool mayBlock, bool indirect, int[] cuts, int[] room)
    {
        using TestController controller = new(mayBlock);
        using SpiFixture f = new(controller);
        I2cAnswer answer = f.Guest.Run(f.Guest.Add([.. SpiGuest.Head(chip: 1), 1, 2, 3, 4], cuts, room, indirect))[0];
        Assert.Equal((0, 5u), answer.Said);
        Assert.Equal(new byte[] { 0xfe, 0xfd, 0xfc, 0xfb }, answer.Data);
        Assert.Equal(["1:01020304/4"], controller.Transfers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_may_go_one_way_only(bool mayBlock)
    {
        using TestController controller = new(mayBlock);
        using SpiFixture f = new(controller);
        Assert.Equal((0, 1u), f.Guest.Transfer(SpiGuest.Head(), [1, 2], 0).Said);
        I2cAnswer read = f.Guest.Transfer(SpiGuest.Head(), [], 2);
        Assert.Equal((0, 3u), read.Said);
        Assert.Equal(new byte[] { 0xff, 0xfe }, read.Data);
        Assert.Equal(["0:0102/0", "0:/2"], controller.Transfers);
    }

    /// <summary>What each is: readable bytes, room, the result, and what the used ring says.</summary>
    [Theory]
    [InlineData(0, 1, 1, 1u)]
    [InlineData(31, 1, 1, 1u)] // half a head
    [InlineData(32, 1, 1, 1u)] // nothing to transfer
    [InlineData(34, 4, 1, 4u)] // 2 bytes out, 3 in
    [InlineData(34, 0, -1, 0u)] // no result
    [InlineData(32, 0, -1, 0u)]
    public void What_makes_no_sense_gets_a_parameter_error_alone(int readable, int room, int result, uint used)
    {
        using TestController controller = new();
        using SpiFixture f = new(controller);
        byte[] bytes = [.. SpiGuest.Head(), 1, 2];
        I2cAnswer[] answers = f.Guest.Run(
            f.Guest.Add(SpiGuest.Head(), [7], 1),
            f.Guest.Add(bytes[..readable], [readable], [room]),
            f.Guest.Add(SpiGuest.Head(), [8], 1));
        Assert.Equal((result, used), answers[1].Said);
        // Zeros lie before the result, so that the length reported covers it.
        Assert.All(answers[1].Data, b => Assert.Equal(0, b));
        Assert.Equal([(0, 2u), (0, 2u)], new[] { answers[0].Said, answers[2].Said });
        Assert.Equal(["0:07/1", "0:08/1"], controller.Transfers);
        Assert.Equal(1ul, f.Statistics.Refused);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_transfer_that_fails_fails_alone_with_its_result_at_the_end(bool mayBlock)
    {
        using TestController controller = new(mayBlock) { FailWith = Errno.EIO };
        using SpiFixture f = new(controller);
        I2cAnswer answer = f.Guest.Transfer(SpiGuest.Head(), [1, 2, 3], 3);
        Assert.Equal((2, 4u), answer.Said);
        Assert.Equal(new byte[3], answer.Data);
        controller.FailWith = Errno.Success;
        Assert.True(f.Guest.Transfer(SpiGuest.Head(), [1], 1).IsOk);
        Assert.Equal((1ul, 1ul), (f.Statistics.Chips[0].Errors, f.Statistics.Chips[0].Transfers));
        Assert.Equal((1ul, 1ul), (f.Statistics.Chips[0].BytesSent, f.Statistics.Chips[0].BytesReceived));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_controller_that_throws_costs_the_transfer(bool mayBlock)
    {
        using TestController controller = new(mayBlock) { Throws = new InvalidOperationException("a model with a mistake") };
        using SpiFixture f = new(controller);
        Assert.Equal((2, 2u), f.Guest.Transfer(SpiGuest.Head(), [1], 1).Said);
        Assert.Contains("a model with a mistake", f.BackEnd.Log.ToString(), StringComparison.Ordinal);
        controller.Throws = null;
        Assert.True(f.Guest.Transfer(SpiGuest.Head(), [1], 1).IsOk);
    }

    [Fact]
    public void What_is_longer_than_a_transfer_can_be_fails_and_is_told_once()
    {
        using TestController controller = new() { MaxLength = 64 };
        using SpiFixture f = new(controller);
        Assert.True(f.Guest.Transfer(SpiGuest.Head(), new byte[64], 64).IsOk);
        I2cAnswer answer = f.Guest.Transfer(SpiGuest.Head(), new byte[65], 65);
        // One byte counts, which drivers want that look at the length.
        Assert.Equal((2, 1u), answer.Said);
        Assert.Equal(0, answer.Data[0]);
        Assert.All(answer.Data[1..], b => Assert.Equal(I2cGuest.Untouched, b));
        Assert.Equal((2, 1u), f.Guest.Transfer(SpiGuest.Head(), new byte[100], 0).Said);
        Assert.Single(f.Log.From(LogLevel.Warning));
        Assert.Equal(2ul, f.Statistics.TooLong);
        Assert.Single(controller.Transfers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Transfers_are_made_in_the_order_of_the_ring(bool mayBlock)
    {
        using TestController controller = new(mayBlock);
        using SpiFixture f = new(controller);
        ushort[] ids = [.. Enumerable.Range(0, 40).Select(i => f.Guest.Add(SpiGuest.Head(chip: (byte)(i & 1)), [(byte)i], 1))];
        I2cAnswer[] answers = f.Guest.Run(ids);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (byte)~i), answers.Select(a => a.Data[0]));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i & 1}:{i:x2}/1"), controller.Transfers);
    }

    [Fact]
    public void The_configuration_says_what_the_controller_can_do()
    {
        using TestController controller = new(abilities: new SpiAbilities
        {
            ChipSelects = 3,
            SentLines = SpiLines.Dual,
            ReceivedLines = SpiLines.Dual | SpiLines.Quad,
            WordSizes = 0x80808080,
            Functions = SpiFunctions.FirstEdge | SpiFunctions.ClockLow | SpiFunctions.Loop,
            MaxFrequency = 0x01020304,
            MaxWordDelay = 5,
            MaxSetupDelay = 6,
            MaxHoldDelay = 7,
            MaxInactiveDelay = 8,
        });
        using SpiFixture f = new(controller);
        Assert.Equal(
            "03010103" + "80808080" + "45000000" + "04030201" + "05000000" + "06000000" + "07000000" + "08000000",
            Convert.ToHexStringLower(f.Guest.Front.ReadConfig(0, 32)));
    }
}
