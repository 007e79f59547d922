// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Mode pages that are saved, in a file and without one.</summary>
public sealed class SavedModesTests : IDisposable
{
    // The write cache off; SWP on.
    private const string NoCache = "00000000 0812 00 0000000000000000000000000000000000";
    private const string Protected = "00000000 0A0A 00 10 08 00 0000 0000 0000";
    private const string Open = "00000000 0A0A 00 10 00 00 0000 0000 0000";

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"scsi-modes-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Without_a_file_nothing_can_be_saved()
    {
        using Disk disk = new();
        Assert.Equal("05/24/00", Select(disk, 0x11, NoCache).SenseText);
        Assert.Equal("05/39/00", disk.Do("1A 08 C8 00 FF 00", 255).SenseText);
        Assert.True(disk.Unit.Modes.WriteCache);
    }

    [Fact]
    public void Saved_pages_hold_after_a_reset_and_after_a_restart()
    {
        using (Disk disk = Make())
        {
            // PS in both that can change, in none else.
            Assert.Equal("88", disk.Do("1A 08 08 00 FF 00", 255).InHex[8..10]);
            Assert.Equal("8A", disk.Do("1A 08 4A 00 FF 00", 255).InHex[8..10]);
            Assert.Equal("1C", disk.Do("1A 08 1C 00 FF 00", 255).InHex[8..10]);
            Assert.Equal("88120400", disk.Do("1A 08 C8 00 FF 00", 255).InHex[8..16]);
            Assert.Equal("", Select(disk, 0x11, NoCache).SenseText);
            // Only for now.
            Assert.Equal("", Select(disk, 0x10, Protected).SenseText);
            Assert.Equal(new ModeSettings(false, false, true), disk.Unit.Modes);
            Assert.Equal("88120000", disk.Do("1A 08 C8 00 FF 00", 255).InHex[8..16]);
            Assert.Equal("88120400", disk.Do("1A 08 88 00 FF 00", 255).InHex[8..16]);
            Assert.Equal("8A0A00100000", disk.Do("1A 08 CA 00 FF 00", 255).InHex[8..20]);
            ManagementResult? answer = null;
            disk.Target.Manage(new TaskManagement(TaskManagementFunction.LogicalUnitReset, disk.Nexus, 0, r => answer = r), 0, 0);
            Assert.Equal(ManagementResult.Complete, answer);
            Assert.Equal(new ModeSettings(false, false, false), disk.Unit.Modes);
            Assert.Equal("06/29/03", disk.Do("00 00 00 00 00 00").SenseText);
            // All that can be saved is, whatever page is sent.
            Assert.Equal("", Select(disk, 0x10, Protected).SenseText);
            Assert.Equal("", Select(disk, 0x11, NoCache).SenseText);
        }

        using (Disk disk = Make())
        {
            Assert.Equal(new ModeSettings(false, false, true), disk.Unit.Modes);
            Assert.Equal("07/27/00", disk.Do("2A 00 00000000 00 0001 00", data: new byte[512]).SenseText);
            Assert.Equal("", Select(disk, 0x11, Open).SenseText);
            // What makes no sense is not saved.
            Assert.Equal("05/26/00", Select(disk, 0x11, "00000000 0A0A 00 00 08 00 0000 0000 0000").SenseText);
        }

        using (Disk disk = Make())
            Assert.Equal(new ModeSettings(false, false, false), disk.Unit.Modes);
        File.WriteAllBytes(_path, new byte[1000]);
        using (Disk disk = Make())
            Assert.Equal(new ModeSettings(true, false, false), disk.Unit.Modes);
    }

    [Fact]
    public void What_cannot_be_saved_does_not_change_anything()
    {
        using FullFile file = new();
        using Disk disk = new(modes: file);
        Assert.Equal("03/0C/00", Select(disk, 0x11, NoCache).SenseText);
        Assert.Equal(new ModeSettings(true, false, false), disk.Unit.Modes);
        Assert.Equal("88120400", disk.Do("1A 08 C8 00 FF 00", 255).InHex[8..16]);
    }

    private static TestTask Select(Disk disk, byte flags, string list)
    {
        byte[] bytes = Disk.Bytes(list);
        return disk.Do($"15 {flags:X2} 0000 {bytes.Length:X2} 00", data: bytes);
    }

    private Disk Make()
    {
        Assert.True(StateFile.Open(_path, out StateFile? file).IsSuccess);
        return new Disk(modes: file);
    }

    private sealed class FullFile : IStateFile
    {
        public byte[] Load() => [];

        public Errno Save(ReadOnlySpan<byte> image) => Errno.ENOSPC;

        public void Dispose()
        {
        }
    }
}
