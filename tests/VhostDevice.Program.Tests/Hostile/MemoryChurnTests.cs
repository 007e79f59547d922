// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Hostile;

/// <summary>Regions of memory that come and go while the ring runs.</summary>
public sealed class MemoryChurnTests(Survivor daemon) : IClassFixture<Survivor>
{
    private const int Rounds = 300;
    private const ulong RingMemory = 1 << 20;
    private const ulong Second = FrontEndMemory.DefaultGuestAddress + (1UL << 32);
    private const int BufferSize = 64 * 1024;

    [Fact]
    public void A_region_without_requests_may_come_and_go_under_load()
    {
        using (FrontEndMemory memory = new(RingMemory))
        using (Guest guest = Guest.Connect(daemon.Socket, Guest.Options with { Memory = memory }))
        {
            for (int round = 0; round < Rounds; round++)
            {
                Fill(guest, guest.Room, 1024);
                FrontEndRegion region = memory.AddRegion(new RegionLayout(Second, 1 << 16));
                guest.Device.UpdateMemory();
                memory.RemoveRegion(region);
                guest.Device.UpdateMemory();
                Empty(guest, expected: 1024);
            }
        }

        daemon.AssertUnharmed();
    }

    // Each comes back: with bytes if it was taken before its memory went, empty if not.
    [Fact]
    public void A_region_with_requests_in_flight_may_come_and_go()
    {
        using (FrontEndMemory memory = new(RingMemory))
        using (Guest guest = Guest.Connect(daemon.Socket, Guest.Options with { Memory = memory }))
        {
            FrontEndRegion region = memory.AddRegion(new RegionLayout(Second, (ulong)(BufferSize * guest.Queue.Size)));
            guest.Device.UpdateMemory();
            for (int round = 0; round < Rounds; round++)
            {
                Fill(guest, Second, BufferSize);
                guest.Device.Connection.RemMemReg(region.Entry).ThrowIfNegative();
                Empty(guest, expected: null);
                guest.Device.Connection.AddMemReg(region.Entry, region.File).ThrowIfNegative();
            }

            Assert.Equal(64, guest.Ask(64).Length);
        }

        daemon.AssertUnharmed();
    }

    [Fact]
    public void The_region_of_the_ring_itself_may_come_and_go()
    {
        using (FrontEndMemory memory = new(RingMemory))
        using (Guest guest = Guest.Connect(daemon.Socket, Guest.Options with { Memory = memory }))
        {
            FrontEndRegion region = memory.Regions[0];
            for (int round = 0; round < Rounds; round++)
            {
                Fill(guest, guest.Room, 1024);
                guest.Device.Connection.RemMemReg(region.Entry).ThrowIfNegative();
                guest.Queue.Kick();
                guest.Device.Connection.AddMemReg(region.Entry, region.File).ThrowIfNegative();
                // The ring goes on where it was, without being set up again.
                Empty(guest, expected: 1024);
            }
        }

        daemon.AssertUnharmed();
    }

    private static void Fill(Guest guest, ulong at, uint size)
    {
        for (uint i = 0; i < guest.Queue.Size; i++)
            guest.Queue.Add(DriverBuffer.Writable(at + (i * size), size));
        guest.Queue.Submit();
    }

    private static void Empty(Guest guest, uint? expected)
    {
        while (guest.Queue.InFlight > 0)
        {
            UsedChain used = guest.Next();
            if (expected is { } length)
                Assert.Equal(length, used.Length);
        }
    }
}
