// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Yaml;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>Flash chips, as drivers of Linux talk to them: opcode, address, dummy bytes and data in requests of their own.</summary>
public sealed class NorTests : IDisposable
{
    private const byte EnableWrites = 0x06;
    private const byte ReadMemory = 0x03;
    private const byte Program = 0x02;
    private const byte EraseSector = 0x20;
    private const byte WriteStatus = 0x01;
    private const byte ReadStatus = 0x05;
    private const byte Busy = 1;
    private const byte Latch = 2;

    private readonly ManualTime _time = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nor-");
    private readonly Board _board;
    private readonly SimulatedSpiBus _bus;
    private readonly SpiMaster _master;
    private int _kindSize;

    public NorTests()
    {
        _board = new Board("test", _time);
        _bus = new SimulatedSpiBus(_board, "spi0");
        _master = new SpiMaster(_bus);
    }

    public static TheoryData<string, int> Sizes => new() { { "w25q16", 2 }, { "w25q32", 4 }, { "w25q64", 8 }, { "w25q128", 16 }, { "w25q256", 32 } };

    public void Dispose()
    {
        _board.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void It_says_who_it_is_and_how_large(string name, int mebibytes)
    {
        Make(name);
        byte[] id = _master.WriteRead([0x9f], 3);
        Assert.Equal([0xef, 0x40], id[..2]);
        Assert.Equal(mebibytes << 20, 1 << id[2]);
        Assert.Equal([0xef, (byte)(id[2] - 1), 0xef], _master.WriteRead([0x90, 0, 0, 0], 3));
        Assert.Equal([(byte)(id[2] - 1), 0xef], _master.WriteRead([0x90, 0, 0, 1], 2));
        byte[] description = _master.WriteRead([0x5a, 0, 0, 0, 0], 256);
        Assert.Equal("SFDP"u8.ToArray(), description[..4]);
        int table = description[0x0c];
        Assert.Equal(9, description[0x0b]);
        Assert.Equal((long)mebibytes * (8 << 20) - 1, BitConverter.ToUInt32(description, table + 4));
        Assert.Equal([0x0c, 0x20, 0x0f, 0x52, 0x10, 0xd8], description[(table + 28)..(table + 34)]);
        // The rest of it alone, at an address.
        Assert.Equal(description[0x80..0x84], _master.WriteRead([0x5a, 0, 0, 0x80, 0], 4));
    }

    [Fact]
    public void What_was_programmed_is_read_however_requests_are_cut()
    {
        NorFlash chip = Make("w25q16");
        _master.Write(EnableWrites);
        // Linux: each phase for itself.
        _master.Write(Program);
        _master.Write(0x01, 0x02, 0x10);
        _master.Write(1, 2, 3);
        _time.PassMilliseconds(1);
        byte[] content = new byte[4];
        chip.Read(0x010210, content);
        Assert.Equal([1, 2, 3, 0xff], content);
        _master.Write(ReadMemory);
        _master.Write(0x01, 0x02, 0x10);
        Assert.Equal([1, 2, 3, 0xff], _master.Read(4));
        // flashrom: opcode and address together; and all at once, both ways.
        Assert.Equal([2, 3], _master.WriteRead([ReadMemory, 0x01, 0x02, 0x11], 2));
        Assert.Equal([0xff, 0xff, 0xff, 0xff, 1, 2], _master.Both(ReadMemory, 0x01, 0x02, 0x10, 0, 0));
        // With a dummy byte.
        Assert.Equal([1, 2], _master.WriteRead([0x0b, 0x01, 0x02, 0x10, 0], 2));
    }

    [Fact]
    public void A_read_goes_on_from_the_end_to_the_start()
    {
        NorFlash chip = Make("w25q16");
        chip.Write((2 << 20) - 2, [1, 2]);
        chip.Write(0, [3]);
        Assert.Equal([1, 2, 3, 0xff], _master.WriteRead([ReadMemory, 0x1f, 0xff, 0xfe], 4));
        Assert.Equal((2 << 20) + 1, _master.WriteRead([ReadMemory, 0, 0, 0], (2 << 20) + 1).Length);
    }

    [Fact]
    public void Programming_clears_bits_and_stays_in_its_page()
    {
        NorFlash chip = Make("w25q16");
        chip.Instant.Value = true;
        chip.Write(0x100, [0x0f]);
        Change(Program, 0x0001fe, 1, 2, 3, 0xf8 + 0x07, 0xff);
        byte[] content = new byte[256];
        chip.Read(0x100, content);
        Assert.Equal([3 & 0x0f, 0xff, 0xff], content[..3]);
        Assert.Equal([1, 2], content[0xfe..]);
        // Of more than a page the last stays.
        Change(Program, 0x000200, [.. Enumerable.Repeat((byte)0x55, 256), 0x0f, 0xf0]);
        chip.Read(0x200, content);
        Assert.Equal([0x0f, 0xf0, 0x55], content[..3]);
    }

    [Theory]
    [InlineData(EraseSector, 4 << 10, 45)]
    [InlineData(0x52, 32 << 10, 120)]
    [InlineData(0xd8, 64 << 10, 150)]
    public void Erasing_takes_what_is_around_its_address_and_time(byte opcode, int length, int milliseconds)
    {
        NorFlash chip = Make("w25q16");
        chip.Write(0, new byte[256 << 10]);
        Change(opcode, 0x011234);
        Assert.Equal(Busy, Status());
        _time.PassMilliseconds(milliseconds - 1);
        Assert.Equal(Busy, Status());
        _time.PassMilliseconds(1);
        Assert.Equal(0, Status());
        byte[] content = new byte[256 << 10];
        chip.Read(0, content);
        int start = 0x011234 & ~(length - 1);
        Assert.Equal(start, content.AsSpan().IndexOf((byte)0xff));
        Assert.Equal(start + length - 1, content.AsSpan().LastIndexOf((byte)0xff));
    }

    [Fact]
    public void The_whole_chip_is_erased_in_seconds_or_at_once()
    {
        NorFlash chip = Make("w25q32");
        chip.Write(0, [1]);
        chip.Write((4 << 20) - 1, [1]);
        _master.Write(EnableWrites);
        _master.Write(0xc7);
        _time.Pass(TimeSpan.FromSeconds(9.9));
        Assert.Equal(Busy, Status());
        _time.Pass(TimeSpan.FromSeconds(0.1));
        Assert.Equal(0, Status());
        Assert.Equal([0xff], _master.WriteRead([ReadMemory, 0x3f, 0xff, 0xff], 1));
        chip.Instant.Value = true;
        _master.Write(EnableWrites);
        _master.Write(0x60);
        Assert.Equal(0, Status());
    }

    [Fact]
    public void Without_a_write_enable_nothing_changes_and_one_is_used_up()
    {
        NorFlash chip = Make("w25q16");
        _master.Write(Program, 0, 0, 0, 1);
        Assert.Equal(0xff, First(chip));
        _master.Write(EnableWrites);
        Assert.Equal(Latch, Status());
        _master.Write(0x04);
        Assert.Equal(0, Status());
        Change(Program, 0, 0xfe);
        Assert.Equal(Busy, Status());
        _time.PassMilliseconds(1);
        Assert.Equal(0, Status());
        _master.Write(Program, 0, 0, 0, 0);
        Assert.Equal(0xfe, First(chip));
    }

    [Fact]
    public void While_it_is_busy_only_its_status_is_read()
    {
        NorFlash chip = Make("w25q16");
        Change(EraseSector, 0x1000);
        Assert.Equal([0xff, 0xff, 0xff], _master.WriteRead([0x9f], 3));
        Change(Program, 0, 1);
        Assert.Equal(0xff, First(chip));
        Assert.Equal(Busy, Status());
        _time.PassMilliseconds(45);
        Assert.Equal([0xef, 0x40, 0x15], _master.WriteRead([0x9f], 3));
        Assert.Equal(0, Status());
    }

    [Fact]
    public void A_command_that_is_cut_off_does_nothing()
    {
        NorFlash chip = Make("w25q16");
        chip.Write(0, [7]);
        _master.Write(EnableWrites);
        _master.Exchange([EraseSector, 0, 0], 0, ends: true);
        Assert.Equal(Latch, Status());
        _master.Exchange([Program, 0, 0, 0], 0, ends: true);
        Assert.Equal(Latch, Status());
        Assert.Equal(7, First(chip));
    }

    /// <summary>Status register 1, the second one, and the first and last byte that cannot be changed; -1 for none.</summary>
    [Theory]
    [InlineData("w25q32", 0x00, 0x00, -1, -1)]
    [InlineData("w25q32", 0x04, 0x00, 0x3f0000, 0x3fffff)]
    [InlineData("w25q32", 0x24, 0x00, 0x000000, 0x00ffff)]
    [InlineData("w25q32", 0x18, 0x00, 0x200000, 0x3fffff)]
    [InlineData("w25q32", 0x1c, 0x00, 0x000000, 0x3fffff)]
    [InlineData("w25q32", 0x44, 0x00, 0x3ff000, 0x3fffff)]
    [InlineData("w25q32", 0x70, 0x00, 0x000000, 0x007fff)]
    [InlineData("w25q32", 0x04, 0x40, 0x000000, 0x3effff)]
    [InlineData("w25q32", 0x24, 0x40, 0x010000, 0x3fffff)]
    [InlineData("w25q32", 0x00, 0x40, 0x000000, 0x3fffff)]
    [InlineData("w25q16", 0x04, 0x00, 0x1f0000, 0x1fffff)]
    [InlineData("w25q16", 0x14, 0x00, 0x100000, 0x1fffff)]
    [InlineData("w25q128", 0x04, 0x00, 0xfc0000, 0xffffff)]
    [InlineData("w25q256", 0x04, 0x00, 0x1ff0000, 0x1ffffff)]
    [InlineData("w25q256", 0x44, 0x00, 0x0000000, 0x000ffff)]
    [InlineData("w25q256", 0x18, 0x00, 0x1e00000, 0x1ffffff)]
    public void Block_protection_keeps_what_the_data_sheet_says(string name, int status1, int status2, int first, int last)
    {
        NorFlash chip = Make(name);
        chip.Instant.Value = true;
        _master.Write(EnableWrites);
        _master.Write(WriteStatus, (byte)status1, (byte)status2);
        Assert.Equal((byte)status1, Status());
        Assert.Equal([(byte)status2], _master.WriteRead([0x35], 1));
        if (name == "w25q256")
            _master.Write(0xb7);
        foreach (int at in (int[])[0, first - 1, first, last, last + 1, (1 << _kindSize) - 1])
        {
            if (at < 0 || at >= 1 << _kindSize)
                continue;
            Change(Program, at, 0);
            byte[] content = new byte[1];
            chip.Read(at, content);
            Assert.Equal(at < first || at > last || first < 0, content[0] == 0);
        }
    }

    [Fact]
    public void Pin_wp_protects_the_status_where_it_says_so()
    {
        NorFlash chip = Make("w25q16");
        chip.Instant.Value = true;
        chip.WriteProtect.Value = true;
        _master.Write(EnableWrites);
        _master.Write(WriteStatus, 0x84);
        Assert.Equal(0x84, Status());
        _master.Write(EnableWrites);
        _master.Write(WriteStatus, 0);
        Assert.Equal(0x84, Status());
        chip.WriteProtect.Value = false;
        _master.Write(EnableWrites);
        _master.Write(WriteStatus, 0);
        Assert.Equal(0, Status());
    }

    [Fact]
    public void A_reset_forgets_what_is_volatile()
    {
        Make("w25q16").Instant.Value = true;
        _master.Write(EnableWrites);
        _master.Write(WriteStatus, 0x04);
        _master.Write(0x50);
        _master.Write(WriteStatus, 0x1c);
        Assert.Equal(0x1c, Status());
        _master.Write(0x99); // without its enable
        Assert.Equal(0x1c, Status());
        _master.Write(0x66);
        _master.Write(0x99);
        Assert.Equal(0x04, Status());
    }

    [Fact]
    public void Powered_down_it_hears_only_the_call_to_wake_up()
    {
        Make("w25q16");
        _master.Write(0xb9);
        Assert.Equal([0xff], _master.WriteRead([0x9f], 1));
        Assert.Equal([0x14], _master.WriteRead([0xab, 0, 0, 0], 1));
        Assert.Equal([0xef], _master.WriteRead([0x9f], 1));
        _master.Write(0xb9);
        _master.Write(0xab);
        Assert.Equal([0xef], _master.WriteRead([0x9f], 1));
    }

    [Fact]
    public void The_largest_one_has_addresses_of_four_bytes_by_opcode_by_mode_and_by_register()
    {
        NorFlash chip = Make("w25q256");
        chip.Instant.Value = true;
        chip.Write(0x1234567, [9]);
        chip.Write(0x0234567, [8]);
        Assert.Equal([9], _master.WriteRead([0x13, 0x01, 0x23, 0x45, 0x67], 1));
        Assert.Equal([9], _master.WriteRead([0x0c, 0x01, 0x23, 0x45, 0x67, 0], 1));
        Assert.Equal([8], _master.WriteRead([ReadMemory, 0x23, 0x45, 0x67], 1));
        _master.Write(EnableWrites);
        _master.Write(0xc5, 0x01);
        Assert.Equal([1], _master.WriteRead([0xc8], 1));
        Assert.Equal([9], _master.WriteRead([ReadMemory, 0x23, 0x45, 0x67], 1));
        _master.Write(0xb7);
        Assert.Equal([1], _master.WriteRead([0x15], 1));
        Assert.Equal([8], _master.WriteRead([ReadMemory, 0x00, 0x23, 0x45, 0x67], 1));
        _master.Write(0xe9);
        _master.Write(EnableWrites);
        _master.Write(0x12, 0x01, 0x00, 0x00, 0x00, 5);
        byte[] content = new byte[1];
        chip.Read(0x1000000, content);
        Assert.Equal(5, content[0]);
        _master.Write(EnableWrites);
        _master.Write(0x21, 0x01, 0x00, 0x00, 0x00);
        chip.Read(0x1000000, content);
        Assert.Equal(0xff, content[0]);
    }

    [Fact]
    public void Smaller_ones_do_not_know_four_bytes()
    {
        Make("w25q16");
        Assert.Equal([0xff], _master.WriteRead([0x13, 0, 0, 0, 0], 1));
        Assert.Equal([0xef], _master.WriteRead([0x9f], 1));
    }

    [Fact]
    public void An_image_outlives_the_board_and_what_is_new_in_it_is_erased()
    {
        string path = Path.Combine(_folder.FullName, "flash.bin");
        File.WriteAllBytes(path, [1, 2, 3]);
        using (Board board = Load("image: flash.bin"))
        {
            SpiMaster master = new((SimulatedSpiBus)board.Ports[0]);
            Assert.Equal([1, 2, 3, 0xff], master.WriteRead([ReadMemory, 0, 0, 0], 4));
            master.Write(EnableWrites);
            master.Write(Program, 0, 1, 0, 0x42);
            // It is in the file at once.
            Assert.Equal(0x42, File.ReadAllBytes(path)[0x100]);
        }

        Assert.Equal(2 << 20, new FileInfo(path).Length);
        using Board again = Load("image: flash.bin");
        Assert.Equal([0x42], new SpiMaster((SimulatedSpiBus)again.Ports[0]).WriteRead([ReadMemory, 0, 1, 0], 1));
    }

    [Fact]
    public void An_image_that_is_too_long_or_cannot_be_had_says_so()
    {
        File.WriteAllBytes(Path.Combine(_folder.FullName, "long"), new byte[(2 << 20) + 1]);
        YamlFileException problem = Assert.Throws<YamlFileException>(() => Load("image: long"));
        Assert.Contains("long has 2097153 bytes, and a w25q16 2097152", problem.Message, StringComparison.Ordinal);
        problem = Assert.Throws<YamlFileException>(() => Load("image: none/flash.bin"));
        Assert.Contains("none/flash.bin cannot be read and written", problem.Message, StringComparison.Ordinal);
        Assert.True(problem.IsUnreadable);
    }



    private static byte First(NorFlash chip)
    {
        byte[] content = new byte[1];
        chip.Read(0, content);
        return content[0];
    }

    private Board Load(string options) =>
        BoardFile.Parse($"spi:\n  - bus: spi0\n    devices:\n      - {{model: w25q16, {options}}}\n", "board.yaml", _folder.FullName, _time);

    private NorFlash Make(string name)
    {
        NorKind kind = NorKind.All.Single(k => k.Name == name);
        _kindSize = kind.SizeCode;
        NorFlash chip = new(_board, kind);
        _bus.Attach(chip, 0);
        return chip;
    }

    private byte Status() => _master.WriteRead([ReadStatus], 1)[0];

    // Behind a write enable; addresses of four bytes above what three reach.
    private void Change(byte opcode, int address, params byte[] data)
    {
        _master.Write(EnableWrites);
        byte[] place = [(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address];
        _master.Write([opcode, .. _kindSize > 0x18 ? place : place[1..], .. data]);
    }
}
