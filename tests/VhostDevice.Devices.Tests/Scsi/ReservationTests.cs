// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Scsi.Target;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Persistent reservations between two initiators.</summary>
public sealed class ReservationTests
{
    private const string Read = "28 00 00000000 00 0001 00";
    private const string Write = "2A 00 00000000 00 0001 00";

    [Fact]
    public void Registrations_come_and_go()
    {
        using Disk disk = new();
        Assert.Equal("0000000000000000", disk.Do("5E 00 0000000000 00FF 00", 255).InHex);
        Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0, 0xA).Status);
        Assert.Equal("0000000100000008000000000000000A", disk.Do("5E 00 0000000000 00FF 00", 255).InHex);
        // The wrong key; then the right one, with a new one; then ignoring it; then none.
        Assert.Equal(ScsiStatus.ReservationConflict, Out(disk, 0, 0, 0xB, 0xC).Status);
        Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0xA, 0xC).Status);
        Assert.Equal(ScsiStatus.Good, Out(disk, 6, 0, 0, 0xD).Status);
        Assert.Equal("0000000300000008000000000000000D", disk.Do("5E 00 0000000000 00FF 00", 255).InHex);
        Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0xD, 0).Status);
        Assert.Equal("0000000400000000", disk.Do("5E 00 0000000000 00FF 00", 255).InHex);
        Assert.Equal("00080080EA010000", disk.Do("5E 02 0000000000 00FF 00", 255).InHex);
    }

    [Theory]
    // Type, whether somebody else may read and write, and whether somebody who is registered may.
    [InlineData(1, true, false, true, false)]
    [InlineData(3, false, false, false, false)]
    [InlineData(5, true, false, true, true)]
    [InlineData(6, false, false, true, true)]
    [InlineData(7, true, false, true, true)]
    [InlineData(8, false, false, true, true)]
    public void Each_type_forbids_what_it_should(byte type, bool reads, bool writes, bool registeredReads, bool registeredWrites)
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0, 0xA).Status);
        Assert.Equal(ScsiStatus.Good, Out(disk, 1, type, 0xA, 0).Status);
        Check(disk, disk.Nexus, true, true);
        Check(disk, other, reads, writes);
        Assert.Equal(ScsiStatus.Good, disk.Do("12 00 00 00FF 00", 255, nexus: other).Status);
        Assert.Equal(ScsiStatus.Good, disk.Do("25 00 00000000 0000 00 00", 8, nexus: other).Status);
        Assert.Equal(ScsiStatus.ReservationConflict, Out(disk, 1, type, 0xB, 0, other).Status);
        Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0, 0xB, other).Status);
        Check(disk, other, registeredReads, registeredWrites);
        string holder = type >= 7 ? "0000000000000000" : "000000000000000A";
        Assert.Equal($"0000000200000010{holder}00000000000{type}0000", disk.Do("5E 01 0000000000 00FF 00", 255).InHex);
    }

    [Fact]
    public void A_release_must_fit()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        _ = Out(disk, 0, 0, 0, 0xA);
        _ = Out(disk, 0, 0, 0, 0xB, other);
        Assert.Equal(ScsiStatus.Good, Out(disk, 1, 5, 0xA, 0).Status);
        Assert.Equal("05/26/04", Out(disk, 2, 6, 0xA, 0).SenseText);
        // Not the holder: nothing happens.
        Assert.Equal(ScsiStatus.Good, Out(disk, 2, 5, 0xB, 0, other).Status);
        Assert.Equal(ScsiStatus.Good, Out(disk, 2, 5, 0xA, 0).Status);
        Assert.Equal("0000000200000000", disk.Do("5E 01 0000000000 00FF 00", 255).InHex);
        Assert.Equal("06/2A/04", disk.Do(Read, 512, nexus: other).SenseText);
    }

    [Fact]
    public void Preempting_takes_the_reservation_and_the_registration()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        _ = Out(disk, 0, 0, 0, 0xA);
        _ = Out(disk, 0, 0, 0, 0xB, other);
        _ = Out(disk, 1, 3, 0xA, 0);
        Assert.Equal(ScsiStatus.ReservationConflict, Out(disk, 4, 1, 0xB, 0xC, other).Status);
        Assert.Equal(ScsiStatus.Good, Out(disk, 4, 1, 0xB, 0xA, other).Status);
        Assert.Equal("06/2A/05", disk.Do(Read, 512).SenseText);
        Check(disk, disk.Nexus, true, false);
        Check(disk, other, true, true);
        Assert.Equal("0000000300000008000000000000000B", disk.Do("5E 00 0000000000 00FF 00", 255).InHex);
    }

    [Fact]
    public void Preempting_and_aborting_ends_commands()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        _ = Out(disk, 0, 0, 0, 0xA);
        _ = Out(disk, 0, 0, 0, 0xB, other);
        disk.Store.Holds = true;
        TestTask task = disk.Send(Read, 512, nexus: other);
        Assert.Equal(ScsiStatus.Good, Out(disk, 5, 1, 0xA, 0xB).Status);
        disk.Store.Release();
        Assert.True(task.IsAborted);
        Assert.Equal("06/2A/05", disk.Do("00 00 00 00 00 00", nexus: other).SenseText);
        Assert.Equal("06/2F/00", disk.Do("00 00 00 00 00 00", nexus: other).SenseText);
        Assert.Equal("", disk.Do("00 00 00 00 00 00").SenseText);
    }

    [Theory]
    // A start as it is; a stop, and a power condition, which others may not choose.
    [InlineData("1B 00 00 00 01 00", true)]
    [InlineData("1B 00 00 00 00 00", false)]
    [InlineData("1B 00 00 00 11 00", false)]
    public void A_reservation_of_another_lets_a_unit_be_started(string command, bool isAllowed)
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        _ = Out(disk, 0, 0, 0, 0xA);
        foreach (byte type in (byte[])[1, 3, 6])
        {
            Assert.Equal(ScsiStatus.Good, Out(disk, 1, type, 0xA, 0).Status);
            Assert.Equal(isAllowed ? ScsiStatus.Good : ScsiStatus.ReservationConflict, disk.Do(command, nexus: other).Status);
            Assert.Equal(ScsiStatus.Good, Out(disk, 2, type, 0xA, 0).Status);
        }
    }

    [Fact]
    public void Clearing_is_told()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        _ = Out(disk, 0, 0, 0, 0xA);
        _ = Out(disk, 0, 0, 0, 0xB, other);
        _ = Out(disk, 1, 8, 0xA, 0);
        Assert.Equal(ScsiStatus.Good, Out(disk, 3, 0, 0xA, 0).Status);
        Assert.Equal("06/2A/03", disk.Do(Read, 512, nexus: other).SenseText);
        Check(disk, other, true, true);
        Assert.Equal("0000000300000000", disk.Do("5E 00 0000000000 00FF 00", 255).InHex);
    }

    [Fact]
    public void All_registrants_hold_until_the_last_has_gone()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        ScsiNexus third = disk.Another(3);
        _ = Out(disk, 0, 0, 0, 0xA);
        _ = Out(disk, 0, 0, 0, 0xB, other);
        _ = Out(disk, 1, 8, 0xA, 0);
        Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0xA, 0).Status);
        Check(disk, third, false, false);
        Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0xB, 0, other).Status);
        Check(disk, third, true, true);
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        using Disk disk = new();
        Assert.Equal("05/1A/00", disk.Do("5F 00 00 0000 00000017 00", data: new byte[23]).SenseText);
        Assert.Equal("05/26/00", Out(disk, 0, 0, 0, 0xA, flags: 8).SenseText);
        // There is no file to keep it in.
        Assert.Equal("05/26/00", Out(disk, 0, 0, 0, 0xA, flags: 1).SenseText);
        _ = Out(disk, 0, 0, 0, 0xA);
        Assert.Equal("05/24/00", Out(disk, 1, 2, 0xA, 0).SenseText);
        Assert.Equal("05/24/00", Out(disk, 1, 0x11, 0xA, 0).SenseText);
        Assert.Equal("05/26/00", Out(disk, 4, 1, 0xA, 0).SenseText);
        Assert.Equal(ScsiStatus.ReservationConflict, disk.Do("16 00 00 00 00 00").Status);
    }

    [Fact]
    public void A_file_keeps_them()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (Disk disk = new(reservations: Open(path)))
            {
                Assert.Equal("00080180EA010000", disk.Do("5E 02 0000000000 00FF 00", 255).InHex);
                Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0, 0xA, flags: 1).Status);
                Assert.Equal(ScsiStatus.Good, Out(disk, 1, 6, 0xA, 0).Status);
                Assert.Equal("00080181EA010000", disk.Do("5E 02 0000000000 00FF 00", 255).InHex);
            }

            using (Disk disk = new(reservations: Open(path)))
            {
                Check(disk, disk.Nexus, true, true);
                ScsiNexus other = disk.Another(2);
                Check(disk, other, false, false);
                Assert.Equal("0000000000000010000000000000000A0000000000060000", disk.Do("5E 01 0000000000 00FF 00", 255).InHex);
                // The next registration says that it need not be kept.
                Assert.Equal(ScsiStatus.Good, Out(disk, 0, 0, 0xA, 0xA).Status);
            }

            using (Disk disk = new(reservations: Open(path)))
                Assert.Equal("0000000000000000", disk.Do("5E 00 0000000000 00FF 00", 255).InHex);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_torn_save_leaves_the_one_before()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (StateFile file = Open(path))
            {
                Assert.True(file.Save([1, 2, 3]).IsSuccess);
                Assert.True(file.Save([4, 5]).IsSuccess);
            }

            byte[] bytes = File.ReadAllBytes(path);
            // The second save is in the first place.
            bytes[25] ^= 1;
            File.WriteAllBytes(path, bytes);
            using (StateFile file = Open(path))
                Assert.Equal([1, 2, 3], file.Load());
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static StateFile Open(string path)
    {
        Assert.True(StateFile.Open(path, out StateFile? file).IsSuccess);
        return file!;
    }

    private static TestTask Out(Disk disk, byte action, byte type, ulong key, ulong newKey, ScsiNexus? nexus = null, byte flags = 0) =>
        disk.Do(
            string.Create(CultureInfo.InvariantCulture, $"5F {action:X2} {type:X2} 0000 00000018 00"),
            data: Disk.Bytes(string.Create(CultureInfo.InvariantCulture, $"{key:X16} {newKey:X16} 00000000 {flags:X2} 000000")),
            nexus: nexus);

    private static void Check(Disk disk, ScsiNexus nexus, bool reads, bool writes)
    {
        Assert.Equal(reads ? ScsiStatus.Good : ScsiStatus.ReservationConflict, disk.Do(Read, 512, nexus: nexus).Status);
        Assert.Equal(writes ? ScsiStatus.Good : ScsiStatus.ReservationConflict, disk.Do(Write, data: new byte[512], nexus: nexus).Status);
    }
}
