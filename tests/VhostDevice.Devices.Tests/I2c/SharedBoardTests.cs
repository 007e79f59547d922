// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.I2c;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>Two guests on two loops have the same chip of a board.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SharedBoardTests : LeakChecked
{
    private const int Rounds = 1000;

    [Fact]
    public void No_transfer_of_one_guest_comes_between_the_messages_of_another()
    {
        using Board board = new("test");
        SimulatedI2cBus bus = new(board, "i2c0");
        bus.Attach(new Lm75(board));
        I2cBusSet set = new([bus]);
        I2cStatistics[] statistics = [new(set), new(set)];
        using TestBackEnd<I2cDevice> first = new(() => new I2cDevice(set, statistics[0], NullLogger.Instance));
        using TestBackEnd<I2cDevice> second = new(() => new I2cDevice(set, statistics[1], NullLogger.Instance));
        using FrontEndDevice one = first.Attach();
        using FrontEndDevice two = second.Attach();
        // The hysteresis and the limit, which the chip has as 75 and 80 °C: the pointer is the chip's, one for all.
        Exception? problem = null;
        Thread other = new(() => problem = Record.Exception(() => ReadAgainAndAgain(new I2cGuest(two), register: 3, 0x50)));
        other.Start();
        ReadAgainAndAgain(new I2cGuest(one), register: 2, 0x4b);
        other.Join();
        Assert.Null(problem);
        first.Settle();
        second.Settle();
        Assert.Equal([Rounds, Rounds], statistics.Select(s => (int)s.Transfers));
        Assert.Equal([2 * Rounds, 2 * Rounds], statistics.Select(s => (int)s.OfBus(0).BytesRead));
    }

    private static void ReadAgainAndAgain(I2cGuest guest, byte register, byte expected)
    {
        for (int i = 0; i < Rounds; i++)
        {
            I2cAnswer[] answers = guest.Run(guest.Write(0x48, [register], more: true), guest.ReadFrom(0x48, 2));
            Assert.All(answers, a => Assert.True(a.IsOk));
            Assert.Equal(expected, answers[1].Data[0]);
        }
    }
}
