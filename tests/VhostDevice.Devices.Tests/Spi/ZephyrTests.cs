// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Spi;
using VhostDevice.Devices.Tests.I2c;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>
/// What Zephyr's driver does: a ring of four descriptors, which is one request; a request for each of the pieces that a message
/// is cut into, of which the last says that the chip is deselected; at least one byte used, or the answer counts as none.
/// </summary>
[Collection(DeviceCollection.Name)]
public sealed class ZephyrTests : LeakChecked
{
    private const byte Chip = 1;

    [Theory]
    [InlineData(SpiSelectRule.Auto, 1)]
    [InlineData(SpiSelectRule.Hold, 1)]
    [InlineData(SpiSelectRule.Hold, 3)] // data in pieces: only under this rule
    public void A_flash_chip_is_written_and_read_back(SpiSelectRule rule, int pieces)
    {
        using Board board = new("zephyr");
        using TestBackEnd<SpiDevice> backEnd = Serve(board, rule);
        SpiGuest guest = new(backEnd.Attach(I2cFixture.Options with { QueueSizes = [4] }));
        byte[] data = [.. Enumerable.Range(1, 60).Select(i => (byte)i)];
        Assert.Equal([0xef, 0x40, 0x15], Message(guest, [([0x9f], 0), ([], 3)]));
        _ = Message(guest, [([0x06], 0)]);
        _ = Message(guest, [([0x02], 0), ([0, 0x10, 0], 0), .. data.Chunk(data.Length / pieces).Select(piece => (piece, 0))]);
        _ = Message(guest, [([0x05], 0), ([], 1)]);
        Assert.Equal(
            data,
            Message(guest, [([0x03, 0, 0x10, 0], 0), .. data.Chunk(data.Length / pieces).Select(piece => (Array.Empty<byte>(), piece.Length))]));
        // A message that fails is answered as well, and the next one is a new one.
        I2cAnswer failed = guest.Transfer(SpiGuest.Head(chip: 9, change: 1), [1], 1);
        Assert.Equal((1, 2u), failed.Said);
        Assert.Equal((1, 1u), guest.Transfer(SpiGuest.Head(chip: Chip), [], 0).Said);
        Assert.Equal([0xef], Message(guest, [([0x9f], 0), ([], 1)]));
        guest.Front.Dispose();
        backEnd.WaitForConnections(0);
    }

    [Theory]
    [InlineData(SpiSelectRule.Auto)]
    [InlineData(SpiSelectRule.Hold)]
    public void A_request_that_fails_ends_the_message_that_it_was_part_of(SpiSelectRule rule)
    {
        using Board board = new("zephyr");
        using TestBackEnd<SpiDevice> backEnd = Serve(board, rule);
        SpiGuest guest = new(backEnd.Attach(I2cFixture.Options with { QueueSizes = [4] }));
        Assert.Equal((0, 1u), guest.Transfer(SpiGuest.Head(chip: Chip), [0x03, 0], 0).Said);
        Assert.Equal((1, 1u), guest.Transfer(SpiGuest.Head(chip: Chip, bits: 9), [0, 0], 0).Said);
        // Not what is left of an address.
        Assert.Equal([0xef, 0x40, 0x15], Message(guest, [([0x9f], 0), ([], 3)]));
        guest.Front.Dispose();
        backEnd.WaitForConnections(0);
    }

    // The bytes of all pieces.
    private static byte[] Message(SpiGuest guest, (byte[] Sent, int Received)[] pieces)
    {
        List<byte> read = [];
        for (int i = 0; i < pieces.Length; i++)
        {
            byte[] head = SpiGuest.Head(chip: Chip, bits: 8, change: (byte)(i == pieces.Length - 1 ? 1 : 0));
            I2cAnswer answer = guest.Transfer(head, pieces[i].Sent, pieces[i].Received);
            Assert.Equal((0, (uint)pieces[i].Received + 1), answer.Said);
            read.AddRange(answer.Data);
        }

        return [.. read];
    }

    private static TestBackEnd<SpiDevice> Serve(Board board, SpiSelectRule rule)
    {
        SimulatedSpiBus bus = new(board, "spi0", rule);
        bus.Attach(new LoopBack(board), 0);
        NorFlash flash = new(board, NorKind.All[0], chipSelect: Chip);
        flash.Instant.Value = true;
        bus.Attach(flash, Chip);
        SpiStatistics statistics = new(bus);
        return new TestBackEnd<SpiDevice>(() => new SpiDevice(statistics, NullLogger.Instance));
    }
}
