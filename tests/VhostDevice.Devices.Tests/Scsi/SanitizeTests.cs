// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>SANITIZE: what is left afterwards, what goes on meanwhile, and how it fails.</summary>
public sealed class SanitizeTests
{
    private const int Size = 10 << 20; // three steps of writing
    private const string EraseNow = "48 82 0000000000 0000 00";

    [Fact]
    public void Overwrite_with_a_pattern_that_begins_anew_in_each_block()
    {
        using Disk disk = NewDisk();
        disk.Store.Bytes.AsSpan().Fill(0xAA);
        Assert.Equal(ScsiStatus.Good, disk.Do("48 01 0000000000 0007 00", data: Disk.Bytes("01 00 0003 010203")).Status);
        byte[] block = [.. Enumerable.Range(0, 512).Select(i => (byte)(1 + (i % 3)))];
        for (int at = 0; at < Size; at += 512)
            Assert.True(disk.Store.Bytes.AsSpan(at, 512).SequenceEqual(block));
        Assert.Equal(["Write 0+4194304", "Write 4194304+4194304", "Write 8388608+2097152", "Flush 0+0"], disk.Store.Asked);
        Assert.Equal(ScsiStatus.Good, disk.Do("00 00 00 00 00 00").Status);
    }

    [Theory]
    [InlineData("02 00 0001 5A", 2, 0x5A)]
    [InlineData("82 00 0001 5A", 2, 0xA5)]
    [InlineData("9F 00 0001 5A", 31, 0x5A)]
    public void Passes_may_invert_each_other(string list, int passes, byte last)
    {
        using Disk disk = NewDisk();
        Assert.Equal(ScsiStatus.Good, disk.Do("48 01 0000000000 0005 00", data: Disk.Bytes(list)).Status);
        Assert.Equal(-1, disk.Store.Bytes.AsSpan().IndexOfAnyExcept(last));
        Assert.Equal(passes, disk.Store.Asked.Count(static a => a == "Flush 0+0"));
    }

    [Theory]
    [InlineData(true, 0, "Discard 0+10485760")]
    [InlineData(false, 0, "Zero 0+10485760")]
    [InlineData(true, 95, "Discard 0+10485760|Write 0+4194304|Write 4194304+4194304|Write 8388608+2097152")]
    public void Erased_blocks_are_zeroes(bool zeroing, int refusal, string asked)
    {
        using Disk disk = NewDisk(zeroing);
        disk.Store.Bytes.AsSpan().Fill(0xAA);
        disk.Store.Fault = r => r.Operation == BlockOperation.Discard ? new Errno(refusal) : Errno.Success;
        Assert.Equal(ScsiStatus.Good, disk.Do("48 02 0000000000 0000 00").Status);
        Assert.Equal(-1, disk.Store.Bytes.AsSpan().IndexOfAnyExcept((byte)0));
        Assert.Equal([.. asked.Split('|'), "Flush 0+0"], disk.Store.Asked);
    }

    [Fact]
    public void Everything_else_is_refused_meanwhile_and_hears_how_far_it_is()
    {
        using Disk disk = NewDisk();
        disk.Store.Holds = true;
        TestTask task = disk.Do("48 81 0000000000 0005 00", data: Disk.Bytes("02 00 0001 5A"));
        Assert.Equal(ScsiStatus.Good, task.Status);
        TestTask ready = disk.Do("00 00 00 00 00 00");
        Assert.Equal(("02/04/1B", "800000"), (ready.SenseText, Convert.ToHexString(ready.Sense[15..18])));
        disk.Store.Release();
        // 4 of 20 MiB.
        Assert.Equal("70000200000000 0A 00000000 041B 00 80 3333".Replace(" ", "", StringComparison.Ordinal), disk.Do("03 00 0000 FF 00", 255).InHex);
        Assert.Equal(
            "72 02 04 1B 00 00 00 08 0206 0000 803333 00".Replace(" ", "", StringComparison.Ordinal),
            disk.Do("03 01 0000 FF 00", 255).InHex);
        string[] refused =
        [
            "28 00 00000000 00 0001 00", "2A 00 00000000 00 0001 00", "1A 08 3F 00 FF 00", EraseNow,
            "48 9F 0000000000 0000 00", "FF 00 00 00 00 00", "89 00 0000000000000004 000000 01 00 00",
        ];
        foreach (string cdb in refused)
            Assert.Equal("02/04/1B", disk.Do(cdb, 512).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do("12 00 00 00FF 00", 255).Status);
        Assert.Equal("02/04/1B", Ordered(disk).SenseText);
        Assert.Equal(ScsiStatus.Good, disk.Do("A0 00 00 000000 00000100 00 00", 256).Status);
        while (disk.Store.Held > 0)
            disk.Store.Release();
        disk.Store.Holds = false;
        Assert.Equal(ScsiStatus.Good, disk.Do("00 00 00 00 00 00").Status);
        Assert.Equal("700000000000000A00000000000000000000", disk.Do("03 00 0000 FF 00", 255).InHex);
        Assert.Equal(-1, disk.Store.Bytes.AsSpan().IndexOfAnyExcept((byte)0x5A));
    }

    [Fact]
    public void What_came_before_is_over_first_and_what_comes_then_is_refused()
    {
        using Disk disk = NewDisk();
        disk.Store.Holds = true;
        TestTask write = disk.Send("2A 00 00000000 00 0001 00", data: new byte[512]);
        TestTask sanitize = disk.Send("48 02 0000000000 0000 00");
        TestTask ordered = Ordered(disk);
        TestTask read = disk.Send("28 00 00000000 00 0001 00", 512);
        Assert.Equal((false, false, false, false), (write.IsComplete, sanitize.IsComplete, ordered.IsComplete, read.IsComplete));
        disk.Store.Release();
        Assert.Equal((true, false, true, true), (write.IsComplete, sanitize.IsComplete, ordered.IsComplete, read.IsComplete));
        Assert.Equal("02/04/1B", ordered.SenseText);
        Assert.Equal("02/04/1B", read.SenseText);
        Assert.Equal("02/04/1B", disk.Do("28 00 00000000 00 0001 00", 512).SenseText);
        disk.Store.Release();
        disk.Store.Release();
        Assert.Equal((true, ScsiStatus.Good), (sanitize.IsComplete, sanitize.Status));
        Assert.Equal(["Write 0+512", "Discard 0+10485760", "Flush 0+0"], disk.Store.Asked);
    }

    [Fact]
    public void No_reset_ends_it_but_whoever_waits_is_let_go()
    {
        using Disk disk = NewDisk();
        disk.Store.Holds = true;
        TestTask sanitize = disk.Send("48 02 0000000000 0000 00", tag: 5);
        List<ManagementResult> answers = [];
        disk.Target.Manage(new TaskManagement(TaskManagementFunction.LogicalUnitReset, disk.Nexus, 0, answers.Add), 0, 0);
        disk.Store.Release();
        Assert.True(sanitize.IsAborted);
        Assert.Equal([ManagementResult.Complete], answers);
        Assert.Equal("06/29/03", disk.Do("00 00 00 00 00 00").SenseText);
        Assert.Equal("02/04/1B", disk.Do("00 00 00 00 00 00").SenseText);
        disk.Target.Manage(new TaskManagement(TaskManagementFunction.QueryTaskSet, disk.Nexus, 0, answers.Add), 0, 0);
        Assert.Equal(ManagementResult.Complete, answers[1]);
        disk.Store.Release();
        Assert.Equal(ScsiStatus.Good, disk.Do("00 00 00 00 00 00").Status);
    }

    [Theory]
    [InlineData("48 22 0000000000 0000 00", true)]
    [InlineData("48 02 0000000000 0000 00", false)]
    [InlineData("48 A2 0000000000 0000 00", true)]
    [InlineData(EraseNow, false)]
    public void A_failure_stays_until_it_is_left(string cdb, bool mayExit)
    {
        using Disk disk = NewDisk();
        disk.Store.Fault = static r => r.Operation == BlockOperation.Flush ? Errno.EIO : Errno.Success;
        TestTask task = disk.Do(cdb);
        bool immediate = (Disk.Bytes(cdb)[1] & 0x80) != 0;
        Assert.Equal(immediate ? "" : "03/31/03", task.SenseText);
        disk.Store.Fault = static _ => Errno.Success;
        Assert.Equal("03/31/03", disk.Do("00 00 00 00 00 00").SenseText);
        Assert.Equal("03/31/03", disk.Do("28 00 00000000 00 0001 00", 512).SenseText);
        Assert.Equal("700003000000000A00000000310300000000", disk.Do("03 00 0000 FF 00", 255).InHex);
        if (mayExit)
        {
            Assert.Equal(ScsiStatus.Good, disk.Do("48 1F 0000000000 0000 00").Status);
        }
        else
        {
            Assert.Equal("05/24/00", disk.Do("48 1F 0000000000 0000 00").SenseText);
            Assert.Equal("05/24/00", disk.Do("48 22 0000000000 0000 00").SenseText);
            Assert.Equal(ScsiStatus.Good, disk.Do("48 02 0000000000 0000 00").Status);
        }

        Assert.Equal(ScsiStatus.Good, disk.Do("28 00 00000000 00 0001 00", 512).Status);
    }

    [Fact]
    public void A_unit_that_is_taken_away_does_not_wait_for_the_end()
    {
        using Disk disk = NewDisk();
        disk.Store.Holds = true;
        TestTask sanitize = disk.Send("48 01 0000000000 0005 00", data: Disk.Bytes("1F 00 0001 5A"));
        Assert.True(disk.Target.TryRemove(0, 0));
        Assert.False(disk.Store.IsDisposed);
        disk.Store.Release();
        Assert.True(sanitize.IsComplete);
        Assert.True(disk.Store.IsDisposed);
        Assert.Equal(["Write 0+4194304"], disk.Store.Asked);
    }

    [Theory]
    [InlineData("48 01 0000000000 0004 00", "01 00 0001 5A", "05/24/00")]
    [InlineData("48 01 0000000000 0000 00", "", "05/24/00")]
    [InlineData("48 01 0000000000 0205 00", "", "05/24/00")]
    [InlineData("48 01 0000000000 0005 00", "00 00 0001 5A", "05/26/00")]
    [InlineData("48 01 0000000000 0005 00", "01 00 0000 5A", "05/26/00")]
    [InlineData("48 01 0000000000 0005 00", "01 00 0002 5A", "05/26/00")]
    [InlineData("48 01 0000000000 0005 00", "21 00 0001 5A", "05/26/00")]
    [InlineData("48 01 0000000000 0005 00", "01 01 0001 5A", "05/26/00")]
    [InlineData("48 02 0000000000 0001 00", "00", "05/24/00")]
    [InlineData("48 42 0000000000 0000 00", "", "05/24/00")]
    [InlineData("48 03 0000000000 0000 00", "", "05/24/00")]
    public void What_makes_no_sense(string cdb, string list, string sense)
    {
        using Disk disk = NewDisk();
        Assert.Equal(sense, disk.Do(cdb, data: Disk.Bytes(list)).SenseText);
        Assert.Empty(disk.Store.Asked);
        Assert.Equal(ScsiStatus.Good, disk.Do("00 00 00 00 00 00").Status);
    }

    [Fact]
    public void A_unit_that_is_not_thin_cannot_erase_and_a_protected_one_cannot_overwrite()
    {
        using Disk disk = new(new LogicalUnitOptions());
        Assert.Equal("05/20/00", disk.Do("48 02 0000000000 0000 00").SenseText);
        Assert.Equal(Convert.ToHexString(new byte[6]), disk.Do("12 01 B1 00FF 00", 255).InHex[8..20]);
        Assert.Equal(ScsiStatus.Good, disk.Do("48 1F 0000000000 0000 00").Status);
        using Disk guarded = new(new LogicalUnitOptions { ReadOnly = true, Thin = true });
        Assert.Equal("07/27/00", guarded.Do("48 01 0000000000 0005 00", data: Disk.Bytes("01 00 0001 5A")).SenseText);
        Assert.Equal("07/27/00", guarded.Do("48 02 0000000000 0000 00").SenseText);
        Assert.Equal("000000400000", guarded.Do("12 01 B1 00FF 00", 255).InHex[8..20]);
    }

    private static TestTask Ordered(Disk disk) => disk.Send("28 00 00000000 00 0001 00", 512, attribute: TaskAttribute.Ordered);

    private static Disk NewDisk(bool zeroing = true) => new(store: new TestStore(Size) { IsZeroing = zeroing });
}
