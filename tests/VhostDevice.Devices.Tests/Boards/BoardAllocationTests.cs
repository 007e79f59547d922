// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Linux;
using VhostDevice.Tests.Shared;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>What a guest asks of a board costs no allocation.</summary>
[Collection(DeviceCollection.Name)]
public sealed unsafe class BoardAllocationTests
{
    [Theory]
    [InlineData(0x48)]
    [InlineData(0x49)]
    [InlineData(0x40)]
    [InlineData(0x50)]
    [InlineData(0x68)]
    [InlineData(0x69)]
    [InlineData(0x20)]
    public void Reading_a_chip(int address)
    {
        using Board board = BoardFile.Load(BoardFile.DemoName);
        byte* bytes = stackalloc byte[16];
        I2cMessage* messages = stackalloc I2cMessage[2];
        messages[0] = new I2cMessage { Address = (ushort)address, Length = 1, Buffer = bytes };
        messages[1] = new I2cMessage { Address = (ushort)address, Flags = I2cMessageFlags.Read, Length = 14, Buffer = bytes + 1 };
        bytes[0] = 0;
        SimulatedI2cBus bus = board.PortsOf<SimulatedI2cBus>()[0];
        int done = 0;
        Assert.Equal(0, Allocated.Least(() =>
        {
            done = 0;
            for (int i = 0; i < 10_000; i++)
                done += bus.Transfer(new ReadOnlySpan<I2cMessage>(messages, 2), out _);
        }));
        Assert.Equal(20_000, done);
    }

    [Fact]
    public void A_change_of_a_wire()
    {
        using Board board = BoardFile.Load(BoardFile.DemoName);
        Devices.Boards.Wiring.Pin pin = board.FindPin("gpio0.loop-out")!;
        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                lock (board.Gate)
                    pin.Drive = (i & 1) == 0 ? Devices.Boards.Wiring.PinDrive.High : Devices.Boards.Wiring.PinDrive.Low;
            }
        }));
    }
}
