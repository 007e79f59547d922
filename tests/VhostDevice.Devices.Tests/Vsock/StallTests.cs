// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit.Vsock;
using Xunit;


namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Who stalls, harms nobody but itself.</summary>
[Collection(DeviceCollection.Name)]
public sealed class StallTests : VsockTests
{
    [Fact]
    public void A_host_program_that_does_not_read_holds_up_its_connection_alone()
    {
        using VsockFixture fixture = new(bufferSize: 100_000);
        (VsockConnection stalled, Socket slow) = fixture.OpenFromGuest(1, 11);
        (VsockConnection other, Socket quick) = fixture.OpenFromGuest(2, 12);
        uint sent = 0;
        while (sent < 20_000_000)
        {
            uint n = stalled.Credit;
            stalled.WriteAll(new byte[(int)n]);
            sent += n;
            // Once the socket is full the guest hears of no more room.
            fixture.Driver.AwaitTransmitted();
            fixture.BackEnd.Settle();
            fixture.BackEnd.Settle();
            while (fixture.Driver.TryReceive(out VsockPacket? packet))
                stalled.Note(packet);
            if (stalled.Credit == 0)
                break;
        }

        Assert.Equal(0u, stalled.Credit);
        other.WriteAll(new byte[1000]);
        Assert.Equal(1000, VsockFixture.Read(quick, 1000).Length);
        VsockFixture.Send(quick, "answer");
        Assert.Equal("answer"u8.ToArray(), other.Expect(VsockOp.ReadWrite).Data);
        // It goes on where it stopped.
        HostThread reader = HostThread.Start(() => Assert.All(VsockFixture.Read(slow, (int)sent), b => Assert.Equal(0, b)));
        reader.Join();
        Assert.True(stalled.Expect(VsockOp.CreditUpdate).Header.Forwarded > 0);
    }

    [Fact]
    public void A_host_program_that_floods_is_read_as_far_as_the_guest_reads()
    {
        using VsockFixture fixture = new();
        (VsockConnection flooded, Socket flood) = fixture.OpenFromGuest(1, 11);
        (VsockConnection other, Socket quiet) = fixture.OpenFromGuest(2, 12);
        flood.Blocking = false;
        flooded.ReadsAll = false;
        byte[] data = new byte[100_000];
        for (int i = 0; i < 100; i++)
        {
            _ = flood.Send(data, 0, data.Length, SocketFlags.None, out _);
            while (fixture.Driver.TryReceive(out VsockPacket? packet))
            {
                if (packet.Header.DestinationPort == flooded.Port)
                    flooded.Note(packet); // fails when there is more than credit
            }
        }

        VsockFixture.Send(quiet, "heard");
        VsockPacket next;
        while ((next = fixture.Driver.Receive()).Header.DestinationPort == flooded.Port)
            flooded.Note(next);
        other.Note(next);
        Assert.Equal("heard"u8.ToArray(), next.Data);
    }

    /// <summary>connect(2) says EAGAIN then: the guest is not kept waiting by it, nor refused at once.</summary>
    [Fact]
    public void A_host_program_whose_backlog_is_full_gets_the_connection_when_it_has_room()
    {
        using VsockFixture fixture = new();
        using Socket listener = fixture.Listen(1, backlog: 0);
        List<VsockConnection> waiting = [];
        for (uint i = 0; i < 8; i++)
        {
            VsockConnection guest = new(fixture.Driver, 100 + i, VsockCid.Host, 1);
            guest.Send(VsockOp.Request);
            waiting.Add(guest);
        }

        for (int i = 0; i < 8; i++)
            _ = fixture.Accept(listener);
        HashSet<uint> answered = [];
        while (answered.Count < 8)
            answered.Add(fixture.Driver.Expect(VsockOp.Response).Header.DestinationPort);
    }

    [Fact]
    public void Host_programs_that_come_before_the_guest_are_turned_away()
    {
        using VsockFixture fixture = new(attach: false);
        VsockFixture.ExpectEnd(fixture.Connect());
        fixture.BackEnd.Thread.AssertIdle();
    }

    [Fact]
    public void A_front_end_that_leaves_takes_its_connections_along()
    {
        using VsockFixture fixture = new();
        (_, Socket host) = fixture.OpenFromGuest();
        fixture.Driver.Front.Dispose();
        VsockFixture.ExpectEnd(host);
        fixture.BackEnd.WaitForConnections(0);
        // The next one begins with nothing.
        fixture.Driver = new VsockDriver(fixture.BackEnd.Attach(VsockFixture.Options), VsockFixture.Cid);
        (VsockConnection guest, host) = fixture.OpenFromHost();
        guest.Write("new"u8);
        Assert.Equal("new", VsockFixture.ReadText(host, 3));
    }

    /// <summary>As for a pause of the guest: rings stop and go on, connections stay.</summary>
    [Fact]
    public void Connections_outlive_a_stop_of_the_rings()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        fixture.Driver.Front.Stop();
        VsockFixture.Send(host, "meanwhile");
        fixture.BackEnd.Settle();
        fixture.Driver.Front.Start();
        Assert.Equal("meanwhile"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
        guest.Write("after"u8);
        Assert.Equal("after", VsockFixture.ReadText(host, 5));
    }
}
