// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Commands that move blocks.</summary>
public sealed class BlockTests
{
    private static readonly byte[] s_data = [.. Enumerable.Range(0, 2048).Select(i => (byte)(i * 7))];

    [Theory]
    [InlineData("0A 000010 02 00", "08 000010 02 00")]
    [InlineData("2A 00 00000010 00 0002 00", "28 00 00000010 00 0002 00")]
    [InlineData("AA 00 00000010 00000002 00 00", "A8 00 00000010 00000002 00 00")]
    [InlineData("8A 00 0000000000000010 00000002 00 00", "88 00 0000000000000010 00000002 00 00")]
    [InlineData("2E 02 00000010 00 0002 00", "28 10 00000010 00 0002 00")]
    [InlineData("AE 00 00000010 00000002 00 00", "A8 00 00000010 00000002 00 00")]
    [InlineData("8E 02 0000000000000010 00000002 00 00", "88 00 0000000000000010 00000002 00 00")]
    public void What_is_written_is_read(string write, string read)
    {
        using Disk disk = new();
        Assert.Equal(ScsiStatus.Good, disk.Do(write, data: s_data.AsSpan(0, 1024)).Status);
        TestTask task = disk.Do(read, 1024);
        Assert.Equal(1024ul, task.InBytes);
        Assert.Equal(s_data[..1024], task.In);
        Assert.Equal(s_data[..1024], disk.Store.Bytes[0x2000..0x2400]);
        Assert.Equal(-1, disk.Store.Bytes.AsSpan(0, 0x2000).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, disk.Store.Bytes.AsSpan(0x2400).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Six_bytes_of_length_zero_are_256_blocks()
    {
        using Disk disk = new();
        Assert.Equal(256ul * 512, disk.Do("08 000000 00 00", 256 * 512).InBytes);
    }

    [Fact]
    public void Forced_writes_are_durable_and_forced_reads_flush()
    {
        using Disk disk = new();
        _ = disk.Do("2A 08 00000000 00 0001 00", data: new byte[512]);
        _ = disk.Do("2A 00 00000000 00 0001 00", data: new byte[512]);
        _ = disk.Do("28 08 00000000 00 0001 00", 512);
        Assert.Equal(["Write 0+512 durable", "Write 0+512", "Flush 0+0", "Read 0+512"], disk.Store.Asked);
    }

    [Fact]
    public void Without_a_write_cache_every_write_is_durable()
    {
        using Disk disk = new();
        // WCE off: what is in the cache goes to the medium.
        Assert.Equal(ScsiStatus.Good, disk.Do("15 10 0000 18 00", data: Disk.Bytes("00000000 0812 00" + new string('0', 34))).Status);
        _ = disk.Do("2A 00 00000000 00 0001 00", data: new byte[512]);
        Assert.Equal(["Flush 0+0", "Write 0+512 durable"], disk.Store.Asked);
        Assert.Equal(
            "17000000" + "0812" + new string('0', 36),
            disk.Do("1A 08 08 00 FF 00", 255).InHex.Replace("17001000", "17000000", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_same()
    {
        using Disk disk = new();
        byte[] block = s_data[..512];
        Assert.Equal(ScsiStatus.Good, disk.Do("41 00 00000002 00 0200 00", data: block).Status);
        for (int i = 0; i < Disk.Blocks; i++)
            Assert.Equal(i is >= 2 and < 0x202, disk.Store.Bytes.AsSpan(i * 512, 512).SequenceEqual(block));
        disk.Store.Asked.Clear();
        Assert.Equal(ScsiStatus.Good, disk.Do("93 08 0000000000000003 00000004 00 00", data: new byte[512]).Status);
        Assert.Equal(ScsiStatus.Good, disk.Do("93 01 0000000000000008 00000001 00 00").Status);
        Assert.Equal(["Discard 1536+2048", "Zero 4096+512"], disk.Store.Asked);
        Assert.Equal("05/24/00", disk.Do("93 01 0000000000000000 00400001 00 00").SenseText);
    }

    [Fact]
    public void Where_zeroes_cannot_be_ordered_they_are_written()
    {
        using Disk disk = new();
        disk.Store.Bytes.AsSpan().Fill(0xAA);
        disk.Store.Fault = r => r.Operation is BlockOperation.Zero or BlockOperation.Discard ? Errno.EOPNOTSUPP : Errno.Success;
        Assert.Equal(ScsiStatus.Good, disk.Do("93 01 0000000000000001 00000200 00 00").Status);
        Assert.Equal(
            ScsiStatus.Good,
            disk.Do(
                "42 00 00000000 00 0018 00",
                data: Disk.Bytes("0016 0010 00000000 0000000000000300 00000100 00000000")).Status);
        for (int i = 0; i < Disk.Blocks; i++)
            Assert.Equal(i is (>= 1 and < 0x201) or >= 0x300 ? 0 : 0xAA, disk.Store.Bytes[i * 512]);
    }

    [Fact]
    public void Unmap()
    {
        using Disk disk = new();
        TestTask task = disk.Do(
            "42 00 00000000 00 0028 00",
            data: Disk.Bytes(
                "0026 0020 00000000 0000000000000003 00000002 00000000 00000000000003FF 00000001 00000000"));
        Assert.Equal(ScsiStatus.Good, task.Status);
        Assert.Equal(["Discard 1536+1024", "Discard 523776+512"], disk.Store.Asked);
        disk.Store.Asked.Clear();
        // One range is beyond the end: none is touched.
        task = disk.Do(
            "42 00 00000000 00 0028 00",
            data: Disk.Bytes(
                "0026 0020 00000000 0000000000000003 00000002 00000000 00000000000003FF 00000002 00000000"));
        Assert.Equal("05/21/00", task.SenseText);
        Assert.Equal("05/1A/00", disk.Do("42 00 00000000 00 0007 00", data: new byte[7]).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do("42 00 00000000 00 0000 00").Status);
        Assert.Empty(disk.Store.Asked);
    }

    [Fact]
    public void Where_discarding_does_not_zero_nothing_is_promised()
    {
        using Disk disk = new(store: new TestStore(Disk.Blocks * 512) { IsZeroing = false });
        // LBPME without LBPRZ; LBPU alone.
        Assert.Equal("80", disk.Do("9E 10 0000000000000000 00000020 00 00", 32).InHex[28..30]);
        Assert.Equal("00B2000400800200", disk.Do("12 01 B2 00FF 00", 255).InHex);
        Assert.Equal("05/24/00", disk.Do("93 08 0000000000000003 00000004 00 00", data: new byte[512]).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do("93 00 0000000000000003 00000004 00 00", data: new byte[512]).Status);
        Assert.Equal(
            ScsiStatus.Good,
            disk.Do(
                "42 00 00000000 00 0018 00",
                data: Disk.Bytes("0016 0010 00000000 0000000000000300 00000100 00000000")).Status);
        Assert.Equal(["Zero 1536+2048", "Discard 393216+131072"], disk.Store.Asked);
    }

    [Fact]
    public void A_unit_that_is_not_thin_has_no_unmap()
    {
        using Disk disk = new(new LogicalUnitOptions());
        Assert.Equal("05/20/00", disk.Do("42 00 00000000 00 0000 00").SenseText);
        Assert.Equal("05/24/00", disk.Do("93 08 0000000000000003 00000004 00 00", data: new byte[512]).SenseText);
        Assert.Equal("00010000", disk.Do("A3 0C 01 42 0000 00000100 00 00", 256).InHex);
    }

    [Fact]
    public void Verify()
    {
        using Disk disk = new();
        s_data.AsSpan(0, 1024).CopyTo(disk.Store.Bytes.AsSpan(512));
        Assert.Equal(ScsiStatus.Good, disk.Do("2F 02 00000001 00 0002 00", data: s_data.AsSpan(0, 1024)).Status);
        byte[] other = s_data[..1024];
        other[700] ^= 1;
        TestTask task = disk.Do("8F 02 0000000000000001 00000002 00 00", data: other);
        Assert.Equal("0E/1D/00", task.SenseText);
        Assert.Equal(700u, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(task.Sense[3..]));
        // One block against all.
        Assert.Equal(ScsiStatus.Good, disk.Do("AF 06 00000010 00000300 00 00", data: new byte[512]).Status);
        Assert.Equal("0E/1D/00", disk.Do("AF 06 00000001 00000001 00 00", data: new byte[512]).SenseText);
    }

    [Fact]
    public void Compare_and_write()
    {
        using Disk disk = new();
        byte[] both = [.. new byte[512], .. s_data[..512]];
        Assert.Equal(ScsiStatus.Good, disk.Do("89 00 0000000000000004 000000 01 00 00", data: both).Status);
        Assert.Equal(s_data[..512], disk.Store.Bytes[2048..2560]);
        TestTask task = disk.Do("89 00 0000000000000004 000000 01 00 00", data: both);
        Assert.Equal("0E/1D/00", task.SenseText);
        // The first byte of the pattern is 0.
        Assert.Equal(1u, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(task.Sense[3..]));
        Assert.Equal("05/24/00", disk.Do("89 00 0000000000000004 000000 81 00 00", data: new byte[0x81 * 1024]).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do("89 00 0000000000000004 000000 00 00 00").Status);
    }

    [Fact]
    public void Or_write()
    {
        using Disk disk = new();
        disk.Store.Bytes.AsSpan(0, 200 * 512).Fill(0x0F);
        byte[] bits = new byte[200 * 512];
        bits.AsSpan().Fill(0xF0);
        bits[^1] = 0x70;
        Assert.Equal(ScsiStatus.Good, disk.Do("8B 00 0000000000000000 000000C8 00 00", data: bits).Status);
        Assert.Equal((200 * 512) - 1, disk.Store.Bytes.AsSpan().IndexOfAnyExcept((byte)0xFF));
        Assert.Equal(0x7F, disk.Store.Bytes[(200 * 512) - 1]);
        Assert.Equal(0, disk.Store.Bytes[200 * 512]);
    }

    [Theory]
    [InlineData(5, "28 00 00000000 00 0001 00", "03/11/00")]
    [InlineData(5, "2A 00 00000000 00 0001 00", "03/0C/00")]
    [InlineData(28, "2A 00 00000000 00 0001 00", "07/27/07")]
    [InlineData(28, "41 00 00000000 00 0001 00", "07/27/07")]
    [InlineData(5, "35 00 00000000 00 0000 00", "03/0C/00")]
    [InlineData(5, "2F 00 00000000 00 0001 00", "03/11/00")]
    [InlineData(5, "89 00 0000000000000004 000000 01 00 00", "03/11/00")]
    [InlineData(30, "2A 00 00000000 00 0001 00", "07/27/00")]
    public void Faults_of_the_store_become_sense_data(int errno, string cdb, string sense)
    {
        using Disk disk = new();
        disk.Store.Fault = _ => new Errno(errno);
        TestTask task = disk.Do(
            cdb,
            cdb.StartsWith("28", StringComparison.Ordinal) ? 512 : 0,
            cdb[0] is '2' && cdb[1] is '8' ? [] : s_data.AsSpan(0, 1024));
        Assert.Equal((ScsiStatus.CheckCondition, sense), (task.Status, task.SenseText));
        Assert.Equal(0ul, task.InBytes);
        disk.Store.Fault = static _ => Errno.Success;
        Assert.Equal(ScsiStatus.Good, disk.Do("28 00 00000000 00 0001 00", 512).Status);
    }

    [Theory]
    [InlineData("2A 00 00000000 00 0001 00")]
    [InlineData("41 00 00000000 00 0001 00")]
    [InlineData("89 00 0000000000000004 000000 01 00 00")]
    [InlineData("8B 00 0000000000000000 00000001 00 00")]
    [InlineData("2E 00 00000000 00 0001 00")]
    public void A_protected_unit_refuses_writes(string cdb)
    {
        using Disk disk = new(new LogicalUnitOptions { ReadOnly = true });
        Assert.Equal("07/27/00", disk.Do(cdb, data: s_data).SenseText);
        Assert.Empty(disk.Store.Asked);
        Assert.Equal(0x90, disk.Do("1A 08 3F 00 FF 00", 255).In[2]);
    }

    [Fact]
    public void Software_write_protection()
    {
        using Disk disk = new();
        Assert.Equal(ScsiStatus.Good, disk.Do("15 10 0000 10 00", data: Disk.Bytes("00000000 0A0A 00 10 08 00 0000 0000 0000")).Status);
        Assert.Equal("07/27/00", disk.Do("2A 00 00000000 00 0001 00", data: s_data).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do("28 00 00000000 00 0001 00", 512).Status);
        Assert.Equal(ScsiStatus.Good, disk.Do("15 10 0000 10 00", data: Disk.Bytes("00000000 0A0A 00 10 00 00 0000 0000 0000")).Status);
        Assert.Equal(ScsiStatus.Good, disk.Do("2A 00 00000000 00 0001 00", data: s_data).Status);
    }

    [Theory]
    [InlineData("00000000 0A0A 00 00 00 00 0000 0000 0000", "05/26/00")]
    [InlineData("00000000 0A0B 00 10 00 00 0000 0000 0000", "05/26/00")]
    [InlineData("00000000 010A 00 10 00 00 0000 0000 0000", "05/26/00")]
    [InlineData("00000000 0A0A 00 10 00 00 0000 0000", "05/1A/00")]
    [InlineData("00000008 00000400 00001000", "05/26/00")]
    public void Modes_that_cannot_be_set(string list, string sense)
    {
        using Disk disk = new();
        byte[] bytes = Disk.Bytes(list);
        Assert.Equal(sense, disk.Do($"15 10 0000 {bytes.Length:X2} 00", data: bytes).SenseText);
        Assert.Equal(disk.Unit.Modes, new ModeSettings(true, false, false));
    }

    [Fact]
    public void Mode_pages()
    {
        using Disk disk = new();
        const string pages = "0812 04 0000000000000000000000000000000000 0A0A 00 10 00 00 0000 0000 0000 1C0A 08 000000000000000000";
        Assert.Equal(Clean("2F 00 10 00" + pages), disk.Do("1A 08 3F 00 FF 00", 255).InHex);
        Assert.Equal(Clean("0042 00 10 01 00 0010 0000000000000400 00000000 00000200" + pages), disk.Do("5A 10 3F 00 000000 00FF 00", 255).InHex);
        Assert.Equal(Clean("0F 00 10 00 0A0A 04 00 08 00 0000 0000 0000"), disk.Do("1A 08 4A 00 FF 00", 255).InHex);
        Assert.Equal(Clean("17 00 10 08 00000400 00000200 0A0A 00 10 00 00 0000 0000 0000"), disk.Do("1A 00 8A 00 FF 00", 255).InHex);
    }

    [Fact]
    public void Beyond_two_terabytes()
    {
        using Disk disk = new(new LogicalUnitOptions { Thin = true }, new NullStore(5ul << 40));
        Assert.Equal("FFFFFFFF00000200", disk.Do("25 00 00000000 0000 00 00", 8).InHex);
        Assert.StartsWith("000000027FFFFFFF", disk.Do("9E 10 0000000000000000 00000020 00 00", 32).InHex, StringComparison.Ordinal);
        Assert.Equal(ScsiStatus.Good, disk.Do("88 00 000000027FFFFFFF 00000001 00 00", 512).Status);
        Assert.Equal("05/21/00", disk.Do("88 00 000000027FFFFFFF 00000002 00 00", 1024).SenseText);
    }

    [Fact]
    public void Blocks_of_4096_bytes()
    {
        using Disk disk = new(new LogicalUnitOptions { BlockSize = 4096, Thin = true });
        Assert.Equal("000003FF00001000", disk.Do("25 00 00000000 0000 00 00", 8).InHex);
        Assert.Equal(ScsiStatus.Good, disk.Do("2A 00 000003FF 00 0001 00", data: [.. s_data, .. s_data]).Status);
        Assert.Equal(["Write 4190208+4096"], disk.Store.Asked);
        Assert.Equal(4096ul, disk.Do("28 00 000003FF 00 0001 00", 4096).InBytes);
    }

    private static string Clean(string hex) => hex.Replace(" ", "", StringComparison.Ordinal);
}
