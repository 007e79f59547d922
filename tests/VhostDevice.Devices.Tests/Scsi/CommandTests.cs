// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Devices.Scsi.Target.Commands;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>What the unit says of itself, byte by byte, and how commands that make no sense end.</summary>
public sealed class CommandTests
{
    [Fact]
    public void Standard_inquiry()
    {
        using Disk disk = new();
        string expected = "0000 0612 5B08 0002"
            + Ascii("vhostdev") + Ascii("virtual disk    ") + Ascii("1   ")
            + new string('0', 44) + "00C0 0460 04C0 05C0 0600" + new string('0', 56);
        Assert.Equal(Clean(expected), disk.Do("12 00 00 00FF 00", 255).InHex);
        // Cut at the allocation length.
        Assert.Equal("0000061 25B".Replace(" ", "", StringComparison.Ordinal), disk.Do("12 00 00 0005 00", 255).InHex);
    }

    [Theory]
    [InlineData("00", "0000 0008 008083868FB0B1B2")]
    [InlineData("80", "0080 0002 5331")]
    [InlineData("83", "0083 001A 01030008 3000000000000001 0201000A 76686F7374646576 5331")]
    [InlineData(
        "8F",
        "008F 0060 0001 0008 07 83 01 00 84 02 00 03 0004 001C 00000000 0010 0040 00001000 00000000 "
        + "000000000000000000000000 0008 0004 03 02 0A E4 000C 0004 00000000"
        + "8001 0020 000000FF 000000FF 02000000 00000000 00000000 00000000 00000000 00000000")]
    [InlineData("B2", "00B2 0004 00E40200")]
    public void Vital_product_data(string page, string expected)
    {
        using Disk disk = new();
        Assert.Equal(Clean(expected), disk.Do($"12 01 {page} 00FF 00", 255).InHex);
    }

    [Fact]
    public void Block_limits()
    {
        using Disk disk = new();
        string hex = disk.Do("12 01 B0 00FF 00", 255).InHex;
        Assert.Equal(
            Clean("00B0 003C 01 80 0000 00000000 00000000 00000000 00100000 00000100 00000008 80000000 0000000000400000") + new string('0', 40),
            hex);
    }

    [Fact]
    public void Characteristics_and_extended_inquiry()
    {
        using Disk disk = new(new LogicalUnitOptions { Rotation = 1 });
        Assert.Equal(Clean("00B1 003C 0001") + new string('0', 116), disk.Do("12 01 B1 00FF 00", 255).InHex);
        Assert.Equal(Clean("0086 003C 00 07 01") + new string('0', 114), disk.Do("12 01 86 00FF 00", 255).InHex);
        Assert.Equal(Clean("00B2 0004 00000000"), disk.Do("12 01 B2 00FF 00", 255).InHex);
    }

    [Fact]
    public void Capacity()
    {
        using Disk disk = new();
        Assert.Equal("000003FF00000200", disk.Do("25 00 00000000 0000 00 00", 8).InHex);
        Assert.Equal(
            Clean("00000000000003FF 00000200 0000 C000") + new string('0', 32), disk.Do("9E 10 0000000000000000 00000020 00 00", 32).InHex);
    }

    [Theory]
    [InlineData("00 00 00 00 00 00")]
    [InlineData("1E 00 00 00 01 00")]
    [InlineData("1B 00 00 00 01 00")]
    [InlineData("35 00 00000000 00 0000 00")]
    [InlineData("91 00 0000000000000000 00000000 00 00")]
    [InlineData("34 00 00000000 00 0001 00")]
    [InlineData("90 00 0000000000000000 00000001 00 00")]
    [InlineData("28 00 00000000 00 0000 00")]
    [InlineData("2A 00 00000400 00 0000 00")]
    [InlineData("2F 00 00000000 00 0400 00")]
    [InlineData("AF 00 00000000 00000400 00 00")]
    [InlineData("8F 00 0000000000000000 00000400 00 00")]
    public void Good_without_data(string cdb)
    {
        using Disk disk = new();
        TestTask task = disk.Do(cdb);
        Assert.Equal((ScsiStatus.Good, ""), (task.Status, task.SenseText));
    }

    [Theory]
    [InlineData("FF 00 00 00 00 00", "05/20/00")]
    [InlineData("9E 1F 0000000000000000 00000000 00 00", "05/24/00")]
    [InlineData("28 20 00000000 00 0001 00", "05/24/00")]
    [InlineData("28 00 00000000 00 0001 04", "05/24/00")]
    [InlineData("28 00 00000400 00 0001 00", "05/21/00")]
    [InlineData("28 00 000003FF 00 0002 00", "05/21/00")]
    [InlineData("88 00 FFFFFFFFFFFFFFFF 00000002 00 00", "05/21/00")]
    [InlineData("2A 00 00000401 00 0000 00", "05/21/00")]
    [InlineData("8A 00 8000000000000000 00000001 00 00", "05/21/00")]
    [InlineData("35 00 00000400 00 0001 00", "05/21/00")]
    [InlineData("12 00 80 00FF 00", "05/24/00")]
    [InlineData("12 01 89 00FF 00", "05/24/00")]
    [InlineData("1A 00 C8 00 FF 00", "05/39/00")]
    [InlineData("1A 00 09 00 FF 00", "05/24/00")]
    [InlineData("41 00 00000000 00 0000 00", "05/24/00")]
    [InlineData("41 10 00000000 00 0001 00", "05/24/00")]
    [InlineData("1B 00 00 00 02 00", "05/24/00")]
    [InlineData("A3 0C 05 00 0000 00000010 00 00", "05/24/00")]
    [InlineData("9E 12 0000000000000400 00000010 00 00", "05/21/00")]
    [InlineData("2F 04 00000000 00 0001 00", "05/24/00")]
    [InlineData("7F 00 00 00 00 00", "05/20/00")]
    public void What_makes_no_sense(string cdb, string sense)
    {
        using Disk disk = new();
        TestTask task = disk.Do(cdb, 512);
        Assert.Equal((ScsiStatus.CheckCondition, sense), (task.Status, task.SenseText));
        Assert.Equal(0ul, task.InBytes);
        Assert.Empty(disk.Store.Asked);
    }

    [Fact]
    public void Sense_points_at_the_field()
    {
        using Disk disk = new();
        // RDPROTECT is in the highest bits of byte 1.
        Assert.Equal(
            "70000500000000 0A 00000000 2400 00 CD0001".Replace(" ", "", StringComparison.Ordinal),
            Convert.ToHexString(disk.Do("28 20 00000000 00 0001 00", 512).Sense));
    }

    [Fact]
    public void Descriptor_sense_when_the_control_page_asks_for_it()
    {
        using Disk disk = new();
        Assert.Equal(ScsiStatus.Good, disk.Do("15 10 0000 10 00", data: Disk.Bytes("00000000 0A0A 04 10 00 00 0000 0000 0000")).Status);
        Assert.Equal("7205210000000000", Convert.ToHexString(disk.Do("28 00 00000400 00 0001 00", 512).Sense));
    }

    [Fact]
    public void Request_sense()
    {
        using Disk disk = new();
        Assert.Equal("700000000000000A00000000000000000000", disk.Do("03 00 0000 FF 00", 255).InHex);
        Assert.Equal("7200000000000000", disk.Do("03 01 0000 FF 00", 255).InHex);
        disk.Unit.Attention(SenseCode.CapacityChanged);
        Assert.Equal("700006000000000A000000002A0900000000", disk.Do("03 00 0000 FF 00", 255).InHex);
        Assert.Equal(ScsiStatus.Good, disk.Do("00 00 00 00 00 00").Status);
    }

    [Fact]
    public void A_stopped_unit_says_so_until_it_is_started()
    {
        using Disk disk = new();
        Assert.Equal(ScsiStatus.Good, disk.Do("1B 00 00 00 00 00").Status);
        Assert.Equal(["Flush 0+0"], disk.Store.Asked);
        Assert.Equal("02/04/02", disk.Do("00 00 00 00 00 00").SenseText);
        Assert.Equal("02/04/02", disk.Do("28 00 00000000 00 0001 00", 512).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do("12 00 00 00FF 00", 255).Status);
        Assert.Equal(ScsiStatus.Good, disk.Do("1B 00 00 00 01 00").Status);
        Assert.Equal(ScsiStatus.Good, disk.Do("28 00 00000000 00 0001 00", 512).Status);
    }

    [Fact]
    public void Units_that_are_not_there()
    {
        using Disk disk = new();
        TestTask inquiry = new(Disk.Bytes("12 00 00 0005 00"), 255, []) { Nexus = disk.Nexus };
        Assert.True(disk.Target.TryExecute(inquiry, 0, 7));
        Assert.Equal("7F0006125B", inquiry.InHex);
        TestTask ready = new(Disk.Bytes("00 00 00 00 00 00"), 0, []) { Nexus = disk.Nexus };
        Assert.True(disk.Target.TryExecute(ready, 0, 7));
        Assert.Equal("05/25/00", ready.SenseText);
        Assert.False(disk.Target.TryExecute(ready, 1, 0));
    }

    [Fact]
    public void Luns_are_listed_by_any_unit()
    {
        using Disk disk = new();
        foreach (ushort lun in (ushort[])[5, 300])
            Assert.True(disk.Target.TryAdd(new LogicalUnit(new LogicalUnitOptions { Lun = lun }, new TestStore(512))));
        const string list = "00000018 00000000 0000000000000000 0005000000000000 412C000000000000";
        foreach (ushort lun in (ushort[])[0, 9, LunAddress.ReportLuns])
        {
            TestTask task = new(Disk.Bytes("A0 00 00 000000 00000100 00 00"), 256, []) { Nexus = disk.Nexus };
            Assert.True(disk.Target.TryExecute(task, 0, lun));
            Assert.Equal(Clean(list), task.InHex);
        }

        Assert.Equal("05/24/00", disk.Do("A0 00 03 000000 00000100 00 00", 256).SenseText);
    }

    [Fact]
    public void Whoever_read_the_list_of_units_is_not_told_that_it_has_changed()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        Assert.True(disk.Target.TryAdd(new LogicalUnit(new LogicalUnitOptions { Lun = 1 }, new TestStore(512))));
        // A list that cannot be asked for says nothing.
        Assert.Equal("05/24/00", disk.Do("A0 00 03 000000 00000100 00 00", 256).SenseText);
        Assert.Equal("06/3F/0E", disk.Do("00 00 00 00 00 00").SenseText);
        Assert.True(disk.Target.TryAdd(new LogicalUnit(new LogicalUnitOptions { Lun = 2 }, new TestStore(512))));
        TestTask list = new(Disk.Bytes("A0 00 00 000000 00000100 00 00"), 256, []) { Nexus = disk.Nexus };
        Assert.True(disk.Target.TryExecute(list, 0, LunAddress.ReportLuns));
        Assert.Equal("", disk.Do("00 00 00 00 00 00").SenseText);
        // The second unit was told of the third; what else waits there is still told.
        TestTask second = new(Disk.Bytes("00 00 00 00 00 00"), 0, []) { Nexus = disk.Nexus };
        Assert.True(disk.Target.TryExecute(second, 0, 1));
        Assert.Equal("06/29/00", second.SenseText);
        Assert.True(disk.Target.TryExecute(second, 0, 1));
        Assert.Equal("", second.SenseText);
        // Another initiator has not read it.
        Assert.Equal("06/3F/0E", disk.Do("00 00 00 00 00 00", nexus: other).SenseText);
    }

    [Fact]
    public void Supported_operation_codes_are_those_that_are_served()
    {
        using Disk disk = new();
        byte[] all = disk.Do("A3 0C 00 00 0000 00010000 00 00", 65536).In;
        int length = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(all);
        Assert.Equal(ScsiCommands.Disk.All.Count * 8, length);
        for (int at = 4; at < 4 + length; at += 8)
        {
            ScsiCommand? command = ScsiCommands.Disk.Find(all[at], (all[at + 2] << 8) | all[at + 3]);
            Assert.NotNull(command);
            Assert.Equal(command.Length, (all[at + 6] << 8) | all[at + 7]);
            Assert.Equal(command.ServiceAction is null ? 0 : 1, all[at + 5]);
            // A CDB of zeroes is understood: it does not end for want of the command.
            byte[] cdb = new byte[16];
            cdb[0] = all[at];
            cdb[1] = all[at + 3];
            Assert.NotEqual("05/20/00", disk.Do(Convert.ToHexString(cdb), 65536, new byte[65536]).SenseText);
        }

        Assert.Equal(
            "0003000A 28 1A FFFFFFFF 3F FFFF 00".Replace(" ", "", StringComparison.Ordinal),
            disk.Do("A3 0C 01 28 0000 00000100 00 00", 256).InHex);
        Assert.Equal(
            "00030010 9E 10 0000000000000000 FFFFFFFF 0000".Replace(" ", "", StringComparison.Ordinal),
            disk.Do("A3 0C 02 9E 0010 00000100 00 00", 256).InHex);
        Assert.Equal("00010000", disk.Do("A3 0C 01 FF 0000 00000100 00 00", 256).InHex);
        Assert.Equal("00010000", disk.Do("A3 0C 03 28 0001 00000100 00 00", 256).InHex);
        Assert.Equal("05/24/00", disk.Do("A3 0C 01 9E 0000 00000100 00 00", 256).SenseText);
        Assert.Equal("DC030000", disk.Do("A3 0D 00 000000 00000100 00 00", 256).InHex);
    }

    [Fact]
    public void Too_little_buffer_is_an_overrun_and_moves_nothing()
    {
        using Disk disk = new();
        Assert.True(disk.Do("28 00 00000000 00 0002 00", 512).Overrun);
        Assert.True(disk.Do("2A 00 00000000 00 0002 00", data: new byte[1023]).Overrun);
        Assert.Empty(disk.Store.Asked);
    }

    private static string Ascii(string text) => Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(text));

    private static string Clean(string hex) => hex.Replace(" ", "", StringComparison.Ordinal);
}
