// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>Periods leave nothing for the garbage collector.</summary>
[Collection(DeviceCollection.Name)]
public sealed class AllocationTests : LeakChecked
{
    private const uint Period = 384; // a millisecond at 96 kHz

    [Fact]
    public void No_byte_is_allocated_however_many_periods_there_are()
    {
        SoundCable cable = new("a");
        SoundCard card = SoundGuest.CardOf(new CableLine(cable, plays: true), new CableLine(cable, plays: false), new SoundMeter());
        using SoundGuest guest = new(card);
        card.Ports[0].SetVolume(90);
        guest.Run(0, rate: 10, buffer: Period * 8, period: Period, features: 0x18);
        guest.Run(1, rate: 10, buffer: Period * 8, period: Period);
        ulong at = guest.Front.Memory.Allocate(4096);
        guest.Front.Memory.Write(at, SoundGuest.Words(0, 0, 1));
        Run(guest, at, 200);
        Assert.Equal(0, Allocations.Least(guest.BackEnd.Thread, () => Run(guest, at, 200)));
    }

    private static void Run(SoundGuest guest, ulong at, int periods)
    {
        DriverQueue transmit = guest.Front.Queues[2], receive = guest.Front.Queues[3];
        for (int i = 0; i < periods; i++)
        {
            transmit.Add(DriverBuffer.Readable(at, 4 + Period), DriverBuffer.Writable(at + 3000, 8));
            receive.Add(DriverBuffer.Readable(at + 8, 4), DriverBuffer.Writable(at + 2000, Period + 8));
            transmit.Submit();
            receive.Submit();
            if (i < 4)
                continue;
            _ = transmit.Take();
            _ = receive.Take();
        }

        while (transmit.InFlight > 0)
            _ = transmit.Take();
        while (receive.InFlight > 0)
            _ = receive.Take();
    }
}
