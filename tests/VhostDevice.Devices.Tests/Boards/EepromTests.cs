// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

public sealed class EepromTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Board _board;
    private readonly SimulatedI2cBus _bus;
    private readonly Master _master;

    public EepromTests()
    {
        _board = new Board("test", _time);
        _bus = new SimulatedI2cBus(_board, "i2c0");
        _master = new Master(_bus);
    }

    public static TheoryData<string> Kinds => [.. EepromKind.All.Select(k => k.Name)];

    public void Dispose() => _board.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_written_is_read_at_every_location(string name)
    {
        EepromKind kind = EepromKind.All.Single(k => k.Name == name);
        Eeprom eeprom = Make(name);
        byte[] content = new byte[kind.Size];
        new Random(7).NextBytes(content);
        for (int at = 0; at < kind.Size; at += kind.PageSize)
        {
            (ushort address, byte[] location) = Locate(kind, at);
            _master.Write(address, [.. location, .. content[at..(at + kind.PageSize)]]);
            _time.Pass(Eeprom.WriteTime);
        }

        byte[] stored = new byte[kind.Size];
        eeprom.Read(0, stored);
        Assert.Equal(content, stored);
        // All of it in one read, over blocks and from the end to the start; a message is no longer than 8 KiB.
        (ushort last, byte[] end) = Locate(kind, kind.Size - 1);
        int most = Math.Min(kind.Size + 1, 8192);
        byte[] around = [content[^1], .. content];
        Assert.Equal(around[..most], _master.WriteRead(last, end, most));
    }

    [Fact]
    public void A_write_stays_in_its_page()
    {
        Eeprom eeprom = Make("24c02");
        _master.Write(0x50, [0x0e, 1, 2, 3, 4]);
        byte[] content = new byte[16];
        eeprom.Read(8, content);
        Assert.Equal([3, 4, 0xff, 0xff, 0xff, 0xff, 1, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], content);
    }

    [Fact]
    public void Of_more_than_a_page_the_last_stays()
    {
        Eeprom eeprom = Make("24c02");
        _master.Write(0x50, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        byte[] content = new byte[9];
        eeprom.Read(0, content);
        Assert.Equal([9, 10, 3, 4, 5, 6, 7, 8, 0xff], content);
    }

    [Fact]
    public void While_it_writes_it_does_not_answer()
    {
        Make("24c02");
        _master.Write(0x50, [0, 42]);
        _time.PassMilliseconds(4.9);
        Assert.Equal(Errno.ENXIO, _master.TryWrite(0x50, 0));
        _time.PassMilliseconds(0.1);
        Assert.Equal(42, _master.ReadByte(0x50, 0));
        // Only a location: nothing to wait for.
        _master.Write(0x50, 0);
        _master.Write(0x50, 0);
    }

    [Fact]
    public void A_write_that_does_not_end_in_a_stop_is_none()
    {
        Eeprom eeprom = Make("24c02");
        Assert.Equal(0xff, _master.WriteRead(0x50, [4, 1], 1)[0]);
        byte[] content = new byte[8];
        eeprom.Read(0, content);
        Assert.All(content, b => Assert.Equal(0xff, b));
    }

    [Fact]
    public void Reading_goes_on_where_it_ended()
    {
        Eeprom eeprom = Make("24c32");
        eeprom.Write(0xffe, [1, 2]);
        eeprom.Write(0, [3]);
        Assert.Equal([1], _master.WriteRead(0x50, [0x0f, 0xfe], 1));
        Assert.Equal([2, 3], _master.Read(0x50, 2));
    }

    [Fact]
    public void A_protected_one_refuses_data()
    {
        Eeprom eeprom = Make("24c02");
        eeprom.WriteProtect.Value = true;
        Assert.Equal(Errno.EIO, _master.TryWrite(0x50, 0, 1));
        Assert.Equal(0xff, _master.ReadByte(0x50, 0));
    }

    [Fact]
    public void Blocks_need_addresses_of_their_own()
    {
        Make("24c16");
        Assert.Throws<BoardException>(() => _bus.Attach(new Eeprom(_board, EepromKind.All[1], "other", 0x57)));
        Assert.Throws<BoardException>(() => new Eeprom(_board, EepromKind.All.Single(k => k.Name == "24c04"), "odd", 0x51));
    }

    private static (ushort Address, byte[] Location) Locate(EepromKind kind, int at) => kind.AddressBytes == 2
        ? ((ushort)0x50, [(byte)(at >> 8), (byte)at])
        : ((ushort)(0x50 + (at >> 8)), [(byte)at]);

    private Eeprom Make(string kind)
    {
        Eeprom eeprom = new(_board, EepromKind.All.Single(k => k.Name == kind));
        _bus.Attach(eeprom);
        return eeprom;
    }
}
