// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Copies within a unit and from one to another, and how they end.</summary>
public sealed class ExtendedCopyTests : IDisposable
{
    private const int Size = 512;

    private readonly Disk _disk = new();
    private readonly TestStore _otherStore = new(64 * 4096);
    private readonly LogicalUnit _other;

    public ExtendedCopyTests()
    {
        _other = new LogicalUnit(new LogicalUnitOptions { Target = 7, BlockSize = 4096, Serial = "S2", Wwn = 0x3000000000000002 }, _otherStore);
        Assert.True(_disk.Target.TryAdd(_other));
        new Random(1).NextBytes(_disk.Store.Bytes);
        new Random(2).NextBytes(_otherStore.Bytes);
    }

    public void Dispose() => _disk.Dispose();

    [Fact]
    public void Blocks_within_a_unit()
    {
        byte[] before = [.. _disk.Store.Bytes];
        Assert.Equal("", Copy(List(Naa(1), Blocks(0, 0, 300, from: 8, to: 512))).SenseText);
        Assert.Equal(before[(8 * Size)..(308 * Size)], _disk.Store.Bytes[(512 * Size)..(812 * Size)]);
        Assert.Equal(before[..(512 * Size)], _disk.Store.Bytes[..(512 * Size)]);
        Assert.Equal(before[(812 * Size)..], _disk.Store.Bytes[(812 * Size)..]);
        // In pieces, a read and a write each.
        Assert.Equal(
            [
                "Read 4096+65536", "Write 262144+65536", "Read 69632+65536", "Write 327680+65536", "Read 135168+22528",
                "Write 393216+22528",
            ],
            _disk.Store.Asked);
    }

    [Fact]
    public void Several_segments_between_units_of_other_blocks()
    {
        // 16 blocks of 512 are 2 of 4096; DC counts the destination's.
        Assert.Equal(
            "",
            Copy(
                List(
                    Naa(1) + Vendor("S2"),
                    Blocks(0, 1, 16, from: 3, to: 5) + Blocks(0, 1, 1, from: 100, to: 9, flags: "02")
                        + Blocks(1, 0, 1, from: 2, to: 200))).SenseText);
        Assert.Equal(_disk.Store.Bytes[(3 * Size)..(19 * Size)], _otherStore.Bytes[(5 * 4096)..(7 * 4096)]);
        Assert.Equal(_disk.Store.Bytes[(100 * Size)..(108 * Size)], _otherStore.Bytes[(9 * 4096)..(10 * 4096)]);
        Assert.Equal(_otherStore.Bytes[(2 * 4096)..(3 * 4096)], _disk.Store.Bytes[(200 * Size)..(208 * Size)]);
    }

    [Fact]
    public void Bytes_at_any_place()
    {
        // 0A: 1000 bytes, from byte 5 of block 2 on, to byte 7 of block 1.
        const string segment = "0A00001C 0000 0001 000003E8 0000000000000002 0000000000000001 0005 0007";
        byte[] before = [.. _otherStore.Bytes];
        Assert.Equal("", Copy(List(Naa(1) + Naa(2), segment)).SenseText);
        _disk.Store.Bytes.AsSpan((2 * Size) + 5, 1000).CopyTo(before.AsSpan(4096 + 7));
        Assert.Equal(before, _otherStore.Bytes);
    }

    [Fact]
    public void Nothing_to_copy()
    {
        Assert.Equal("", _disk.Do("83 00 0000000000000000 00000000 00 00").SenseText);
        Assert.Equal("", Copy(List("", "")).SenseText);
        Assert.Equal("", Copy(List(Naa(1), Blocks(0, 0, 0, from: 1, to: 2))).SenseText);
        Assert.Empty(_disk.Store.Asked);
    }

    [Theory]
    [InlineData("00", "05/1A/00")] // Too short for its head.
    [InlineData("01 08 0000 00000000 00000000 00000000", "05/26/00")] // LIST ID USAGE 01.
    [InlineData("01 18 0000 00000000 00000000 00000000", "05/26/00")] // A name for a copy without one.
    [InlineData("01 00 0000 00000000 00000000 00000001", "05/26/0B")] // Inline data.
    [InlineData("01 00 0020 00000000 00000000 00000000", "05/1A/00")] // Fewer bytes than the head says.
    [InlineData("01 00 0020 00000000 FFFFFFE0 00000000", "05/1A/00")]
    [InlineData("01 00 0010 00000000 00000000 00000000 E4000000000000000000000000000000", "05/1A/00")]
    [InlineData("01 00 0020 00000000 00000000 00000000 E0000000000000000000000000000000 00000000000000000000000000000000", "05/26/07")]
    [InlineData("01 00 0000 00000000 00000008 00000000 0300000400000000", "05/26/09")]
    [InlineData("01 00 0000 00000000 00000008 00000000 0200001800000000", "05/1A/00")]
    [InlineData("01 00 0000 00000000 0000001C 00000000 02000017000000000000000100000000000000000000000000000000", "05/26/00")]
    public void Lists_that_make_no_sense(string list, string sense)
    {
        TestTask task = Copy(list);
        Assert.Equal((ScsiStatus.CheckCondition, sense), (task.Status, task.SenseText));
        Assert.Empty(_disk.Store.Asked);
    }

    [Fact]
    public void Too_many_descriptors()
    {
        Assert.Equal("05/26/06", Copy(List(string.Concat(Enumerable.Repeat(Naa(1), 17)), "")).SenseText);
        Assert.Equal("05/26/08", Copy(List(Naa(1), string.Concat(Enumerable.Repeat(Blocks(0, 0, 1, 0, 1), 65)))).SenseText);
        Assert.Equal("05/1A/00", Copy(List(Naa(1), string.Concat(Enumerable.Repeat(Blocks(0, 0, 1, 0, 1), 146)))).SenseText);
        Assert.Equal(
            "",
            Copy(
                List(
                    string.Concat(Enumerable.Repeat(Naa(1), 16)),
                    string.Concat(Enumerable.Repeat(Blocks(0, 15, 1, 0, 1), 64)))).SenseText);
    }

    [Theory]
    [InlineData(0, 2, 1, 0, 1, "0A/08/04")] // No such descriptor.
    [InlineData(0, 1, 1, 0, 1, "0A/0D/02")] // No such unit.
    [InlineData(0, 0, 2, 1023, 1, "0A/00/00")] // Beyond the end.
    [InlineData(0, 0, 2, 1, 1023, "0A/00/00")]
    [InlineData(0, 0, 1, 0, 0x40000000, "0A/00/00")]
    public void A_segment_that_cannot_be_copied_ends_the_copy(int source, int destination, int blocks, int from, int to, string sense)
    {
        TestTask task = Copy(List(Naa(1) + Naa(9), Blocks(0, 0, 1, 0, 4) + Blocks(source, destination, blocks, from, to) + Blocks(0, 0, 1, 0, 5)));
        Assert.Equal(sense, task.SenseText);
        // The number of the segment, in the command's own field.
        Assert.Equal("00000001", Convert.ToHexString(task.Sense[8..12]));
        // What was before it is done, what is behind it is not.
        Assert.Equal(["Read 0+512", "Write 2048+512"], _disk.Store.Asked);
        Assert.Equal(
            "00000008 02 0001 00 00000200".Replace(" ", "", StringComparison.Ordinal),
            _disk.Do("84 00 01 00000000000000 00000100 00 00", 256).InHex);
    }

    [Fact]
    public void Units_that_are_not_what_the_list_says()
    {
        Assert.Equal("0A/0D/03", Copy(List(Naa(1, device: 1), Blocks(0, 0, 1, 0, 1))).SenseText);
        Assert.Equal("0A/0D/03", Copy(List(Naa(1, blockSize: 4096), Blocks(0, 0, 1, 0, 1))).SenseText);
        Assert.Equal("0A/26/0A", Copy(List(Naa(1) + Naa(2), Blocks(0, 1, 9, 0, 1))).SenseText);
    }

    [Fact]
    public void The_destination_is_protected_as_it_is_from_others()
    {
        string list = List(Naa(1) + Naa(2), Blocks(0, 1, 8, 0, 1));
        _other.Modes = _other.Modes with { SoftwareWriteProtect = true };
        Assert.Equal("0A/0D/01", Copy(list).SenseText);
        _other.Modes = _other.Modes with { SoftwareWriteProtect = false };
        ScsiNexus another = _disk.Another(2);
        Assert.Equal("06/29/00", Other("00 00 00 00 00 00", another).SenseText);
        Assert.Equal(ScsiStatus.Good, Other("16 00 00 00 00 00", another).Status);
        Assert.Equal("0A/0D/01", Copy(list).SenseText);
        Assert.Equal(ScsiStatus.Good, Other("17 00 00 00 00 00", another).Status);
        // Its power on was not told to the copy.
        Assert.Equal("", Copy(list).SenseText);
        Assert.Equal("06/29/00", Other("00 00 00 00 00 00", _disk.Nexus).SenseText);
        _otherStore.Fault = static _ => new VhostDevice.Linux.Errno(5);
        Assert.Equal("0A/0D/01", Copy(list).SenseText);
    }

    [Fact]
    public void Status_while_it_goes_on_and_once_afterwards()
    {
        const string status = "84 00 2A 00000000000000 00000100 00 00";
        Assert.Equal("05/24/00", _disk.Do(status, 256).SenseText);
        _disk.Store.Holds = true;
        TestTask copy = Send(List(Naa(1), Blocks(0, 0, 1, 0, 1) + Blocks(0, 0, 1, 1, 2), id: "2A"));
        _disk.Store.Release();
        _disk.Store.Release();
        Assert.Equal("00000008 00 0001 00 00000200".Replace(" ", "", StringComparison.Ordinal), _disk.Do(status, 256).InHex);
        // Its name is taken; without one another can run.
        Assert.Equal("05/00/16", Send(List("", "", id: "2A")).SenseText);
        Assert.Equal("", Send(List("", "", id: "00", usage: "18")).SenseText);
        Assert.Equal("05/24/00", _disk.Do(status, 256, nexus: _disk.Another(3)).SenseText);
        _disk.Store.Release();
        Assert.False(copy.IsComplete);
        _disk.Store.Release();
        Assert.True(copy.IsComplete);
        Assert.Equal("00000008 01 0002 00 00000400".Replace(" ", "", StringComparison.Ordinal), _disk.Do(status, 256).InHex);
        Assert.Equal("05/24/00", _disk.Do(status, 256).SenseText);
    }

    [Fact]
    public void Operating_parameters() => Assert.Equal(
        "0000002B 01000000 0010 0040 00001000 02000000 00000000 00000000 00000000 0000 00FF FF 00 00 00 000000 03 020AE4".Replace(
            " ", "", StringComparison.Ordinal),
        _disk.Do("84 03 00 00000000000000 00000100 00 00", 256).InHex);

    [Fact]
    public void An_abort_ends_it_behind_the_piece_that_is_on_its_way()
    {
        _disk.Store.Holds = true;
        TestTask copy = Send(List(Naa(1), Blocks(0, 0, 1, 0, 1)), tag: 5);
        bool answered = false;
        _disk.Target.Manage(new TaskManagement(TaskManagementFunction.AbortTask, _disk.Nexus, 5, _ => answered = true), 0, 0);
        Assert.False(answered || copy.IsComplete);
        _disk.Store.Release();
        Assert.True(answered && copy.IsComplete && copy.IsAborted);
        Assert.Equal((0, 0), (_disk.Store.Held, _disk.Unit.TaskCount));
        Assert.Equal("02", _disk.Do("84 00 01 00000000000000 00000100 00 00", 256).InHex[8..10]);

        copy = Send(List(Naa(1), Blocks(0, 0, 1, 0, 1)), tag: 6);
        answered = false;
        _disk.Target.Manage(new TaskManagement(TaskManagementFunction.LogicalUnitReset, _disk.Nexus, 0, _ => answered = true), 0, 0);
        _disk.Store.Release();
        Assert.True(answered && copy.IsAborted);
        Assert.Equal(0, _disk.Unit.TaskCount);
    }

    [Theory]
    [InlineData(TaskAttribute.Simple)]
    [InlineData(TaskAttribute.Ordered)]
    public void Atomic_commands_and_ordered_copies_wait_for_each_other_and_never_for_ever(TaskAttribute attribute)
    {
        _disk.Store.Holds = true;
        string both = List(Naa(1) + Naa(2), Blocks(0, 1, 16, 0, 1) + Blocks(1, 0, 1, 1, 8));
        TestTask copy = Send(both, attribute: attribute);
        TestTask atomic = _disk.Send("89 00 0000000000000000 000000 01 00 00", data: new byte[1024]);
        TestTask second = Send(List(Naa(1) + Naa(2), Blocks(1, 0, 1, 2, 16), id: "02"), attribute: attribute);
        Assert.Equal(1, _disk.Store.Held);
        while (_disk.Store.Held > 0)
            _disk.Store.Release();
        Assert.True(copy.IsComplete && atomic.IsComplete && second.IsComplete);
        Assert.Equal(("", ""), (copy.SenseText, second.SenseText));
        // Its read and the write are not torn apart by a part of a copy.
        Assert.Equal("0E/1D/00", atomic.SenseText);
    }

    [Fact]
    public void A_unit_that_goes_away_ends_the_copy()
    {
        _otherStore.Holds = true;
        TestTask copy = Send(List(Naa(1) + Naa(2), Blocks(0, 1, 256, 0, 1)));
        Assert.Equal(1, _otherStore.Held);
        Assert.True(_disk.Target.TryRemove(7, 0));
        Assert.Equal((false, false), (copy.IsComplete, _otherStore.IsDisposed));
        _otherStore.Release();
        Assert.Equal(("0A/0D/01", true), (copy.SenseText, _otherStore.IsDisposed));
    }

    internal static string List(string units, string segments, string id = "01", string usage = "00")
    {
        units = Clean(units);
        segments = Clean(segments);
        return $"{id}{usage}{units.Length / 2:X4}00000000{segments.Length / 2:X8}00000000{units}{segments}";
    }

    internal static string Naa(int number, byte device = 0, int blockSize = 0) =>
        $"E4 {device:X2} 0000 01 03 00 08 300000000000{number:X4} 000000000000000000000000 {blockSize:X8}";

    private static string Vendor(string serial) =>
        $"E4 00 0000 02 01 00 {8 + serial.Length:X2} "
            + $"{Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes("vhostdev" + serial)).PadRight(40, '0')} 00001000";

    internal static string Blocks(int source, int destination, int count, int from, int to, string flags = "00") =>
        $"02 {flags} 0018 {source:X4} {destination:X4} 0000 {count:X4} {from:X16} {to:X16}";

    private static string Clean(string hex) => hex.Replace(" ", "", StringComparison.Ordinal);

    private TestTask Copy(string list)
    {
        TestTask task = Send(list);
        Assert.True(task.IsComplete);
        return task;
    }

    private TestTask Send(string list, ulong tag = 0, TaskAttribute attribute = TaskAttribute.Simple)
    {
        byte[] bytes = Disk.Bytes(list);
        return _disk.Send($"83 00 0000000000000000 {bytes.Length:X8} 00 00", data: bytes, tag: tag, attribute: attribute);
    }

    private TestTask Other(string cdb, ScsiNexus nexus)
    {
        TestTask task = new(Disk.Bytes(cdb), 0, []) { Nexus = nexus };
        Assert.True(_disk.Target.TryExecute(task, 7, 0));
        Assert.True(task.IsComplete);
        return task;
    }
}
