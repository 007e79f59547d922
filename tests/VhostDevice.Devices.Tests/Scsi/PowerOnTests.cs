// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>A guest that is told of a power on finds units that were switched on, whatever the guest before it did (SAM-6 §6.3.1).</summary>
[Collection(DeviceCollection.Name)]
public sealed class PowerOnTests : LeakChecked
{
    private const string Ready = "00 00 00 00 00 00";
    private const string Stop = "1B 00 00 00 00 00";
    private const string Write = "2A 00 00000000 00 0001 00";
    private const string Reserve = "16 00 00 00 00 00";

    // D_SENSE and SWP of the control page.
    private const string Control = "00000000 0A0A 04 10 08 00 0000 0000 0000";

    /// <summary>How a guest's life ends: its front-end goes, or resets the device.</summary>
    public static TheoryData<bool> Ends => new(false, true);

    [Theory]
    [MemberData(nameof(Ends))]
    public void A_unit_that_was_stopped_is_started(bool reset) => NextLife(
        reset,
        guest => Assert.Equal(0, guest.Scsi(Stop).Status),
        guest => Assert.Equal("", guest.Scsi(Ready).Sense));

    [Theory]
    [MemberData(nameof(Ends))]
    public void Mode_pages_are_as_saved(bool reset) => NextLife(
        reset,
        guest => Assert.Equal("", Select(guest).Sense),
        guest => Assert.Equal((byte)0, guest.Scsi(Write, data: new byte[512]).Status));

    [Theory]
    [MemberData(nameof(Ends))]
    public void A_reservation_of_the_plain_kind_is_over(bool reset)
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        ScsiNexus other = new(2);
        using (FrontEndDevice guest = fixture.Attach())
        {
            Assert.Equal(0, guest.Scsi(Reserve).Status);
            fixture.BackEnd.With(_ => Assert.Equal(ScsiStatus.ReservationConflict, Read(fixture, other)));
            if (reset)
                guest.Reset();
        }

        fixture.BackEnd.WaitForConnections(0);
        using FrontEndDevice next = reset ? null! : fixture.Attach();
        fixture.BackEnd.Thread.Invoke(() => Assert.NotEqual(ScsiStatus.ReservationConflict, Read(fixture, other)));
    }

    [Fact]
    public void A_guest_that_goes_on_from_a_record_of_its_requests_was_not_switched_off()
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        FrontEndDeviceOptions options = ScsiGuest.Options;
        using FrontEndDevice guest = fixture.Attach(options with { ProtocolFeatures = options.ProtocolFeatures | ProtocolFeatures.InflightShmfd });
        Assert.Equal(0, guest.Scsi(Stop).Status);
        guest.Reattach(fixture.BackEnd.Connect());
        Assert.Equal("02/04/02", guest.Scsi(Ready).Sense);
        // A reset of the driver's is another matter.
        guest.Reset();
        guest.Start();
        Assert.Equal("06/29/00", guest.Scsi(Ready).Sense);
        Assert.Equal("", guest.Scsi(Ready).Sense);
    }

    [Fact]
    public void Registrations_stay()
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        using (FrontEndDevice guest = fixture.Attach())
            Assert.Equal(
                0,
                guest.Scsi(
                    "5F 00 00 0000 00000018 00",
                    data: Disk.Bytes("0000000000000000 000000000000000A 00000000 00 00 0000")).Status);
        fixture.BackEnd.WaitForConnections(0);
        using FrontEndDevice next = fixture.Attach();
        Assert.Equal("0000000100000008000000000000000A", Convert.ToHexString(next.Scsi("5E 00 0000000000 0010 00", 16).Data));
    }

    [Fact]
    public void Copies_are_forgotten_and_other_initiators_hear_of_it()
    {
        using Disk disk = new();
        ScsiNexus other = disk.Another(2);
        _ = disk.Unit.Copies.Add(other, 1);
        disk.Unit.Copies.Find(other, 1)!.End(well: true);
        disk.Unit.IsStopped = true;
        disk.Target.PowerOn(disk.Nexus);
        Assert.Null(disk.Unit.Copies.Find(other, 1));
        Assert.Equal("06/29/00", disk.Do(Ready, nexus: other).SenseText);
        Assert.Equal("06/29/00", disk.Do(Ready).SenseText);
        Assert.Equal("", disk.Do(Ready).SenseText);
    }

    [Fact]
    public void An_initiator_that_joins_others_changes_nothing()
    {
        using Disk disk = new();
        disk.Unit.IsStopped = true;
        ScsiNexus other = new(2);
        disk.Target.Join(other);
        Assert.Equal("06/29/00", disk.Do(Ready, nexus: other).SenseText);
        Assert.Equal("02/04/02", disk.Do(Ready, nexus: other).SenseText);
        Assert.Equal("02/04/02", disk.Do(Ready).SenseText);
    }

    private static void NextLife(bool reset, Action<FrontEndDevice> before, Action<FrontEndDevice> after)
    {
        using ScsiFixture fixture = new(new TestStore(1 << 20));
        using (FrontEndDevice guest = fixture.Attach())
        {
            before(guest);
            if (reset)
            {
                guest.Reset();
                guest.Start();
                Assert.Equal("06/29/00", guest.Scsi(Ready).Sense);
                after(guest);
                return;
            }
        }

        fixture.BackEnd.WaitForConnections(0);
        using FrontEndDevice next = fixture.Attach();
        after(next);
    }

    private static Reply Select(FrontEndDevice guest) => guest.Scsi("15 10 00 00 10 00", data: Disk.Bytes(Control));

    private static ScsiStatus Read(ScsiFixture fixture, ScsiNexus nexus)
    {
        TestTask task = new(Disk.Bytes("28 00 00000000 00 0001 00"), 512, []) { Nexus = nexus };
        Assert.True(fixture.Target.TryExecute(task, 0, 0));
        return task.Status;
    }
}
